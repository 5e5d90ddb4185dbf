"""Losses: pure functions, perceptual, adversarial, and the objective of an experiment."""
