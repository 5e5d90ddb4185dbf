"""Archives of photos: a ledger of every file, interrupted and continued at will, on one machine or many."""
