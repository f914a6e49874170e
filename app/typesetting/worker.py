"""The typesetting process: LaTeX in, SVG out, one formula after the other.

ziamath raises whatever comes to its mind for a formula that it does not understand, and
draws a box for each letter that its font lacks. The window shows the source instead.
"""

import logging
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterable
from typing import BinaryIO, Final, Protocol

from app.domain.errors import UserError
from app.pipes import take_stdout
from app.typesetting.messages import (
    EM_PIXELS,
    Formula,
    Typeset,
    decode_formula,
    encode,
)

if sys.platform != "win32":
    import resource

_MOST_CHARACTERS: Final = 2000
_MOST_SVG: Final = 512 * 1024
_MEMORY_BYTES: Final = 512 * 1024 * 1024

_log = logging.getLogger(__name__)


class Typesetter(Protocol):
    """Makes a picture of a formula; raises anything when it cannot."""

    def __call__(self, latex: str, *, display: bool) -> tuple[str, float]:
        """Returns the SVG, and how far it reaches below the base line in pixels."""


def main() -> int:
    """Runs until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = take_stdout()
    _limit_memory()
    with answers:
        serve(_ziamath(), sys.stdin.buffer, _writer(answers))
    return 0


def serve(
    typesetter: Typesetter,
    requests: Iterable[bytes],
    answer: Callable[[Typeset], None],
) -> None:
    """Answers formulas until there are no more.

    Args:
        typesetter: Makes the pictures.
        requests: Lines from the parent; one that is no formula is skipped.
        answer: Takes every answer at once.
    """
    for line in requests:
        try:
            formula = decode_formula(line)
        except UserError as error:
            _log.error("skipped a line: %s", error)
            continue
        answer(_typeset(typesetter, formula))


def _typeset(typesetter: Typesetter, formula: Formula) -> Typeset:
    if not can_be_set(formula.latex):
        return Typeset(formula.id)
    try:
        svg, depth = typesetter(formula.latex, display=formula.display)
    except Exception:  # noqa: BLE001 -- the outermost loop of this process
        _log.info("not typeset: %r", formula.latex)
        return Typeset(formula.id)
    return (
        Typeset(formula.id, svg, depth)
        if len(svg) <= _MOST_SVG
        else Typeset(formula.id)
    )


def can_be_set(latex: str) -> bool:
    """Whether it is worth trying: there is something, and the font has its letters.

    The font is made for mathematics; it has no ideographs, kana or hangul.
    """
    if not latex.strip() or len(latex) > _MOST_CHARACTERS:
        return False
    return not any(unicodedata.east_asian_width(letter) in "WF" for letter in latex)


def _ziamath() -> Typesetter:
    """The library, imported here because it takes half a second."""
    from ziamath.config import config  # noqa: PLC0415
    from ziamath.zmath import Latex  # noqa: PLC0415

    # QtSvg draws nothing for the `<use>` elements of SVG 2.
    config.svg2 = False

    def typeset(latex: str, *, display: bool) -> tuple[str, float]:
        drawing = Latex(latex, size=EM_PIXELS, inline=not display)
        return drawing.svg(), max(0.0, -drawing.getyofst())

    return typeset


def _writer(answers: BinaryIO) -> Callable[[Typeset], None]:
    def write(message: Typeset) -> None:
        answers.write(encode(message))
        answers.flush()

    return write


def _limit_memory() -> None:
    """Makes what grows without end fail with `MemoryError`; not on Windows."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = _MEMORY_BYTES
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
