"""One photo of an archive: what is to be done, where the result goes, what came of it."""
