"""Answers to the requests of the page, under /api/v1."""
