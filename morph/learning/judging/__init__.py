"""How well a question was learnt: scores, evaluation, learning curve."""
