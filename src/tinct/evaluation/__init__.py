"""Evaluation: metrics, hints, variants, reports and sheets."""
