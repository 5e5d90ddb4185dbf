"""A training run: the loop, its schedule, checkpoints and logs, on one process or many."""
