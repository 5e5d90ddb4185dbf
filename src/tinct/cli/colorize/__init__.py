"""`tinct colorize`: its options, which photos are meant, the run over them, and what it reports."""
