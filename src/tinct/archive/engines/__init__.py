"""Processes that colour the photos of an archive: supervised workers of this machine, or Ray."""
