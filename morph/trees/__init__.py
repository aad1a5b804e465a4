"""The decision trees of Galaxy Zoo: their questions, answers and words."""
