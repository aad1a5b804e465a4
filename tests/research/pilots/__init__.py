"""Parts of the benchmark on real images, see `tests.research.real_pilots`."""
