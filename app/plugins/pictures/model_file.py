"""Whether a file can be a model for pictures, before native code reads it.

Two forms are taken: GGUF and safetensors. Checkpoints of PyTorch (`.ckpt`, `.pt`) are
not: they are pickles, programs that a stranger wrote.
"""

import struct
from pathlib import Path
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError

_GGUF: Final = b"GGUF"
_LENGTH: Final = struct.Struct("<Q")
_MOST_HEADER: Final = 100_000_000
"""Bytes of a safetensors file's header, as its own library has it."""


def check(path: Path) -> None:
    """Sees that this is a file of one of the two forms.

    Raises:
        ToolError: `MISSING` where there is no such file, `MODEL_UNREADABLE` where it is
            something else.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_LENGTH.size + 1)
    except OSError as error:
        detail = f"{path.name}: {error.strerror}"
        raise ToolError(ToolFailure.MISSING, detail) from error
    if head.startswith(_GGUF):
        return
    if len(head) > _LENGTH.size and head.endswith(b"{"):
        (length,) = _LENGTH.unpack_from(head)
        if length < min(size, _MOST_HEADER):
            return
    raise ToolError(ToolFailure.MODEL_UNREADABLE, path.name)
