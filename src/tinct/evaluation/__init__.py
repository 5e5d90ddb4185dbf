"""Evaluation of models: metrics, hints, variants, reports and contact sheets."""
