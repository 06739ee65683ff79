"""The proof of the ladders: every step of a stage against every experiment."""
