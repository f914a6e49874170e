"""Which models there are, on this disk and on the network, and how they come here."""
