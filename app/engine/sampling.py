"""Which sampling can be carried out at all.

llama.cpp looks at none of these numbers: one that is not finite, or that overflows its
32 bits, becomes undefined behaviour in a sort, or an assertion that ends the process.
The ranges are no wider than those of the servers that models may be on.
"""

from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling

_MOST: Final = 1000.0
_LEAST: Final = 0.001
_MOST_BITS: Final = 10.0
_RANGES: Final = {
    "temperature": (0.0, _MOST),
    "top_p": (0.0, 1.0),
    "repetition_penalty": (_LEAST, _MOST),
    "min_p": (0.0, 1.0),
    "typical_p": (0.0, 1.0),
    "mirostat_tau": (0.0, _MOST_BITS),
    "mirostat_eta": (_LEAST, 1.0),
}


def check(sampling: Sampling) -> None:
    """Lets a sampling pass that makes sense.

    Raises:
        UserError: `ErrorCode.PROTOCOL`: a number is outside its range, or none.
    """
    for name, (least, most) in _RANGES.items():
        value = getattr(sampling, name)
        if not least <= value <= most:  # not a number is not in any range
            detail = f"{name} {value} is not between {least:g} and {most:g}"
            raise UserError(ErrorCode.PROTOCOL, detail)
