"""Films in colour: probing, shots, temporal consistency, encoding and muxing with PyAV and OpenCV."""
