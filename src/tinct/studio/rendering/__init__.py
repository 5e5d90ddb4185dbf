"""Opened photos and what is computed from them: previews, tiles, suggestions, exported files."""
