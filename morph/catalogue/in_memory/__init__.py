"""Arrays of loaded releases in memory, bounded: columns, and what is made of them."""
