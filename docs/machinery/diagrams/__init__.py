"""Pictures of real runs: a scene, a client in memory, a recording, and its drawing."""
