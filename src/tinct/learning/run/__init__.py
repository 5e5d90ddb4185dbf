"""Training runs: the Lightning module, schedules, checkpoints, logs, distributed training."""
