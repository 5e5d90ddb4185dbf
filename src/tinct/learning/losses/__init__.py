"""Losses of colourings: pure functions, perceptual, adversarial, and how an experiment weighs them."""
