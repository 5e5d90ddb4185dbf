"""What the studio keeps on disk: photos, the history of their guidance, folders that may be read."""
