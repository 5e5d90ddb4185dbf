"""Networks as data: files in a small language, what they cost, and torch modules built from them."""
