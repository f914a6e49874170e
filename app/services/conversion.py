"""The converter as a child process, for callers that may wait."""

import subprocess
from pathlib import Path

from app import children
from app.children import Child
from app.paths import program_folder


def run(source: Path, target: Path, quantization: str) -> str:
    """Converts a checkpoint and waits.

    Returns:
        An empty string when the file is there, else the converter's last words.
    """
    arguments = (str(source), str(target), "--type", quantization)
    done = subprocess.run(  # noqa: S603 -- our own program
        children.command_line(Child.CONVERTER, *arguments, "--progress", "none"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=program_folder(),
        check=False,
    )
    if done.returncode == 0:
        return ""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"


def arriving(folder: Path, target: Path, quantization: str) -> tuple[str, ...]:
    """The converter of a checkpoint that is still being downloaded.

    Who downloads deletes what is used up, after noting it: then nothing is fetched
    again after a crash.
    """
    kind = ("--type", quantization) if quantization else ()
    options = ("--arriving", "--progress", "json", *kind)
    return children.command_line(Child.CONVERTER, str(folder), str(target), *options)
