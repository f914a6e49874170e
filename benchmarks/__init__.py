"""Measures this program against the best that others have; see README.md."""
