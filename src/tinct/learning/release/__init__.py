"""Export of a checkpoint to a model folder: ONNX graphs, quantization, model card."""
