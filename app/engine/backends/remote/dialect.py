"""The seam between a generation and a kind of server.

Each kind has its own way to send a prompt whose control tokens are control tokens and
whose text never becomes any, and its own way to say which control token it wrote. A
server that offers no such way is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol, TypeVar

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, Segment
from app.engine.backends.remote.failures import StatusError
from app.engine.protocol import Generate

_T = TypeVar("_T")
_NOT_OFFERED = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.NOT_IMPLEMENTED,
}


@dataclass(frozen=True, slots=True)
class Description:
    """What a server says of a model.

    Attributes:
        kind: The kind of server, for the model's architecture.
        context: Tokens of the window; None where it does not say.
        template: The model's chat template; empty where it does not say.
        specials: Texts of special tokens by the names that templates have for them.
    """

    kind: str
    context: int | None = None
    template: str = ""
    specials: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt as a server takes it.

    Attributes:
        prompt: Token ids, or text that is known to become `tokens`.
        tokens: Its token ids.
    """

    prompt: tuple[int, ...] | str
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a server to continue a prompt."""

    path: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Read:
    """The server has evaluated `done` of a prompt's tokens; it had `cached`."""

    done: int
    cached: int


@dataclass(frozen=True, slots=True)
class Wrote:
    """Text was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A control token was written; `name` is empty where it is not known which."""

    name: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The server has ended by itself."""

    reason: FinishReason


Piece = Read | Wrote | Marked | Ended


class Dialect(Protocol):
    """How a kind of server is spoken to; made for one model of one server.

    Attributes:
        names_controls: Whether the control tokens that end a generation are always
            named.
    """

    names_controls: bool

    def describe(self) -> Description:
        """What the server says of the model."""
        ...

    def is_token(self, text: str) -> bool:
        """Whether the model has one token for this text, and names it by it."""
        ...

    def encode(self, prompt: tuple[Segment, ...]) -> Encoded:
        """A prompt as the server takes it; it has no messages.

        Raises:
            UserError: `MODEL_UNSUPPORTED`: the model has no such control token;
                `SERVER_UNSUITABLE`: the prompt cannot be sent safely.
        """
        ...

    def question(self, prompt: Encoded, command: Generate, seed: int) -> Question:
        """What to ask, for an answer in events."""
        ...

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """What one event says.

        Raises:
            UserError: An error, or nothing that can be read.
        """
        ...


def offered(ask: Callable[[], _T]) -> _T | None:
    """The answer to a question that only one kind of server understands.

    Raises:
        UserError: The server cannot be asked at all.
    """
    try:
        return ask()
    except StatusError as error:
        if error.status in _NOT_OFFERED:
            return None
        raise
    except UserError as error:
        if error.code is ErrorCode.SERVER_FAILED:  # a page instead of an answer
            return None
        raise


def no_control_token(name: str) -> UserError:
    """The error for a control token that a model does not have."""
    detail = f"the model has no control token {name}"
    return UserError(ErrorCode.MODEL_UNSUPPORTED, detail)
