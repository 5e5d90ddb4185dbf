"""Colour science in NumPy: colour spaces, ab bins, decoding, gamut, colour difference, hint propagation."""
