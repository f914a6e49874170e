"""Opens GGUF files that others made, damaged ones included.

gguf's own reader trusts a file: it raises whatever Python raises for nonsense, and runs
for as long as a damaged length says. Here each of these ends as one error.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader
from gguf.constants import GGUF_MAGIC, GGUFValueType
from numpy.typing import NDArray
from typing_extensions import override

from converter.errors import ConversionError

_LONGEST = 1 << 20  # elements of an array; the largest are vocabularies
# What GGUFReader raises for bytes that are no sound GGUF.
_DAMAGE = (ValueError, LookupError, ArithmeticError, MemoryError)


@contextmanager
def opened_gguf(
    path: Path, error: type[ConversionError], *, expected: str, mending: str
) -> Iterator[GGUFReader]:
    """Opens a GGUF file for the length of a block.

    Args:
        path: The file.
        error: Class of the error that is raised.
        expected: What to do when it is no GGUF.
        mending: What to do when it is damaged.

    Raises:
        ConversionError: Of that class: the file cannot be read, is none, or is found to
            be damaged, be it within the block.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        if magic != GGUF_MAGIC.to_bytes(4, "little"):
            raise error(problem="this is no GGUF file", file=path, remedy=expected)
        # Offsets past 64 bits wrap around and would be a warning only.
        with np.errstate(over="raise"):
            reader = _Reader(path)
        yield reader
    except OSError as reason:
        raise error(
            problem=f"the file cannot be read ({reason.strerror})", file=path
        ) from reason
    except _DAMAGE as reason:
        raise error(
            problem="the GGUF file is damaged or cut off", file=path, remedy=mending
        ) from reason


class _Reader(GGUFReader):
    """gguf's reader, which a wrong length of an array does not keep for ever.

    Past the end of the file it reads elements of no size without noticing, as many as
    the length says (gguf 0.19). One damaged byte is enough to make a string an array.
    """

    @override
    def _get_field_parts(
        self, orig_offs: int, raw_type: int
    ) -> tuple[int, list[NDArray[Any]], list[int], list[GGUFValueType]]:
        if raw_type == GGUFValueType.ARRAY:
            (kind,) = self._get(orig_offs, np.uint32)
            (length,) = self._get(orig_offs + kind.nbytes, np.uint64)
            if kind == GGUFValueType.ARRAY or length > _LONGEST:
                message = f"an array of {length} elements of type {kind}"
                raise ValueError(message)
        return super()._get_field_parts(orig_offs, raw_type)
