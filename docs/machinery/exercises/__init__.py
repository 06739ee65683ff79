"""An exercise: its folder, its tests, its judge, and what the learner is told."""
