"""Images and votes for training: reading, augmentation, random draws."""
