"""Which models there are: on this disk, and (later) on the network."""
