"""Picture content: lightness, borders, vignettes, orientation, ICC profiles and guided upsampling of chroma."""
