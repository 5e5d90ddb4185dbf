"""Convolutional networks as data: files in a small language, what they cost, torch modules built from them."""
