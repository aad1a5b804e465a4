"""Encoders, the model, its losses, checkpoints and calibration."""
