"""MOSS Desktop: the chat program. See CONTRIBUTING.md for the map of its packages."""

__version__ = "0.1.0"
