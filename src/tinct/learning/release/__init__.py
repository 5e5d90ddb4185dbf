"""From a checkpoint to a model folder: ONNX graphs, quantization, the model card."""
