"""File formats: which are known, how each is opened and saved, and how large a photo may be."""
