"""File formats: detection, decoding and encoding options, codecs of Pillow, and size limits."""
