"""Values and pure functions: no input or output, no threads, no third-party code."""
