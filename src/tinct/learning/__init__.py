"""Training of networks: experiments, data, losses, runs and the export of models."""
