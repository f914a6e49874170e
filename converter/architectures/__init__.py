"""The architectures that can be converted, a module each."""
