"""Trained networks: model folders, their manifests, and inference with ONNX Runtime."""
