"""Training data: the photo cache, random crops, augmentation, simulated hints and the data loader."""
