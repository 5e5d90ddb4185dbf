"""Training runs: the Lightning module, schedules, checkpoints, validation, distributed training."""
