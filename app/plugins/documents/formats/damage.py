"""What parsers raise when a file is not what it says it is.

Libraries promise errors of their own and then let these through, pypdf above all. A
`MemoryError` is none of them, nor is what ends a program.
"""

import struct
import zlib
from typing import Final

DAMAGE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
