"""What a photo shows: its lightness, border, vignette, orientation and profile, and chroma at its full size."""
