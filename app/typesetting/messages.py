"""What the window and the typesetting process say to each other.

One message a line, JSON in UTF-8. Requests are answered in the order they came. The end
of stdin means that the parent is gone: the process exits.
"""

import msgspec

from app.domain.errors import ErrorCode, UserError

TYPESETTING_SECONDS = 20.0
"""How long the window waits for a formula; the import of the library is part of it."""


class Formula(msgspec.Struct, frozen=True):
    """Typeset one formula.

    Attributes:
        id: Chosen by the parent.
        latex: The formula without its delimiters.
        display: Whether it stands on a line of its own; smaller otherwise.
    """

    id: int
    latex: str
    display: bool


class Typeset(msgspec.Struct, frozen=True):
    """A formula as a picture.

    Attributes:
        id: That of the request.
        svg: Black on nothing, with 1 em = `EM_PIXELS`; empty when it could not be made.
        depth: How far it reaches below the base line, in the same pixels.
    """

    id: int
    svg: str = ""
    depth: float = 0.0


EM_PIXELS = 16.0

_ENCODER = msgspec.json.Encoder()
_FORMULAS = msgspec.json.Decoder(Formula)
_ANSWERS = msgspec.json.Decoder(Typeset)


def encode(message: Formula | Typeset) -> bytes:
    """One line, its newline included."""
    return _ENCODER.encode(message) + b"\n"


def decode_formula(line: bytes) -> Formula:
    """Reads a line that came from the parent.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not a formula.
    """
    try:
        return _FORMULAS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error


def decode_typeset(line: bytes) -> Typeset:
    """Reads a line that came from the typesetting process.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not an answer.
    """
    try:
        return _ANSWERS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error
