"""Trained networks: what a model's folder says, where it lies, and how it is run."""
