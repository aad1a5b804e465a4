"""Parts of the benchmark on real pictures, see `tests.benchmarks.real_pilots`."""
