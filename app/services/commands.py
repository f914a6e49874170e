"""How the converter is started: a program of its own, known by its command line."""

import sys


def converter() -> tuple[str, ...]:
    """Program and first arguments, here and in a frozen build."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "--convert")
    return (sys.executable, "-m", "converter")
