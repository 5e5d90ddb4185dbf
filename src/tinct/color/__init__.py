"""Colour science over plain NumPy arrays: spaces, bins, gamut and colour difference."""
