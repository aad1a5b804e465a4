"""Model selection without target votes, and signs of collapse."""
