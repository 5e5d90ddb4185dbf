"""Films of the studio: their shots, key frames, projects, renderings and what plays in the browser."""
