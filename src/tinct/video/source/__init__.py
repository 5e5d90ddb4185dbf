"""Reading of clips: what they contain, decoded frames, their planes and light."""
