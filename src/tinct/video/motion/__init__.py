"""Optical flow, and what is averaged or carried along it."""
