"""Teaching networks colours: photos made ready, losses, a training run, and the model that comes of it."""
