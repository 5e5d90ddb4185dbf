"""Hints and references for the shots of a film."""
