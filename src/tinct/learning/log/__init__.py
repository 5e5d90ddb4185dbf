"""What a run writes and shows: its record, its log, the loss curve, progress."""
