"""What `benchmarks.convert` is made of."""
