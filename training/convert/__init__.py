"""``python -m training.convert FILE OUT.safetensors``: convert weights from pickles."""
