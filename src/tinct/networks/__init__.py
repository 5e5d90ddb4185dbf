"""Networks as data: a YAML language, its costs and receptive fields, and torch modules built from it."""
