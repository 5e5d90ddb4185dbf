"""Photos, crops, augmentation and the data set of a training run."""
