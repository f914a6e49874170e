"""How programs are started that are known by their command lines alone."""

import sys
from pathlib import Path


def converter() -> tuple[str, ...]:
    """Program and first arguments, here and in a frozen build."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "--convert")
    return (sys.executable, "-m", "converter")


def doctor(*, is_quick: bool) -> tuple[str, ...]:
    """`moss doctor`, which writes one JSON object and may load a model for it.

    Args:
        is_quick: Whether no model is loaded and nothing measured.
    """
    program = () if getattr(sys, "frozen", False) else ("-m", "app")
    quick = ("--quick",) if is_quick else ()
    return (sys.executable, *program, "doctor", "--json", *quick)


def arriving(folder: Path, target: Path, quantization: str) -> tuple[str, ...]:
    """The converter of a checkpoint that is still being downloaded.

    Who downloads deletes what is used up, after noting it: then nothing is fetched
    again after a crash.
    """
    kind = ("--type", quantization) if quantization else ()
    options = ("--arriving", "--progress", "json", *kind)
    return (*converter(), str(folder), str(target), *options)
