"""How the converter is started: a program of its own, known by its command line."""

import sys
from pathlib import Path


def converter() -> tuple[str, ...]:
    """Program and first arguments, here and in a frozen build."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "--convert")
    return (sys.executable, "-m", "converter")


def arriving(folder: Path, target: Path, quantization: str) -> tuple[str, ...]:
    """The converter of a checkpoint that is still being downloaded.

    Who downloads deletes what is used up, after noting it: then nothing is fetched
    again after a crash.
    """
    kind = ("--type", quantization) if quantization else ()
    options = ("--arriving", "--progress", "json", *kind)
    return (*converter(), str(folder), str(target), *options)
