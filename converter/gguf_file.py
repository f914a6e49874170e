"""Opens GGUF files that others made, damaged ones included.

gguf's own reader believes a file: it raises whatever Python raises for nonsense, and
runs for as long as a damaged length says. So every length is measured before it begins.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gguf import GGUFReader
from gguf.constants import GGUF_MAGIC

from converter.errors import CheckpointError, ConversionError
from converter.gguf_header import read_gguf_header

# What GGUFReader raises for bytes that are no sound GGUF.
_DAMAGE = (ValueError, LookupError, ArithmeticError, MemoryError)


@contextmanager
def opened_gguf(
    path: Path,
    error: type[ConversionError],
    *,
    expected: str,
    mending: str,
    most: int | None = None,
) -> Iterator[GGUFReader]:
    """Opens a GGUF file for the length of a block.

    Args:
        path: The file.
        error: Class of the error that is raised.
        expected: What to do when it is no GGUF.
        mending: What to do when it is damaged.
        most: Bytes that its header may have, of which gguf makes 200 times as many; a
            vocabulary takes megabytes. None for no such limit.

    Raises:
        ConversionError: Of that class: the file cannot be read, is none, or is found to
            be damaged, be it within the block.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        if magic != GGUF_MAGIC.to_bytes(4, "little"):
            raise error(problem="this is no GGUF file", file=path, remedy=expected)
        size = _header_size(path, error, mending=mending)
        if most is not None and size > most:
            raise error(
                problem=f"its header has {size} bytes, more than {most}",
                file=path,
                remedy=expected,
            )
        yield GGUFReader(path)
    except OSError as reason:
        raise error(
            problem=f"the file cannot be read ({reason.strerror})", file=path
        ) from reason
    except _DAMAGE as reason:
        raise error(
            problem="the GGUF file is damaged or cut off", file=path, remedy=mending
        ) from reason


def _header_size(path: Path, error: type[ConversionError], *, mending: str) -> int:
    try:
        return read_gguf_header(path).size
    except CheckpointError as reason:
        raise error(problem=reason.problem, file=path, remedy=mending) from reason
