"""Where the photos of an archive come from: a folder, a list of files, a tar, a zip."""
