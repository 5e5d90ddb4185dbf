"""Writing of films: chroma, encoders, segments and containers."""
