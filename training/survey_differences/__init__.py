"""How two surveys differ, and mock observations of one in the other."""
