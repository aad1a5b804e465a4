"""Parts of the benchmark on real pictures, see `tests.research.real_pilots`."""
