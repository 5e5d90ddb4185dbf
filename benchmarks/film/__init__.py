"""The parts of the benchmark of films, `benchmarks/video.py`."""
