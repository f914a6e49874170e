"""What the services say, in the words and the language of the window."""

from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.errors import UserError
from app.domain.generation import ModelInfo
from app.domain.tools import ToolFailure
from app.services import words
from app.services.words import Phrase

_LONGEST_PLACE: Final = 40
_PLACE_END: Final = 15


def explain(error: UserError) -> str:
    """The sentence that is shown for an error."""
    return _translated(words.SENTENCES[error.code]).format(error.detail)


def explain_failure(failure: ToolFailure) -> str:
    """Why a tool's command came to nothing."""
    return _translated(words.FAILURES[failure])


def say(phrase: Phrase) -> str:
    """A sentence that the services have put together."""
    return _translated(phrase.text).format(*phrase.values)


def short_place(place: str) -> str:
    """A device or a server's name, short enough for a header; its end stays."""
    if len(place) <= _LONGEST_PLACE:
        return place
    return f"{place[: _LONGEST_PLACE - _PLACE_END - 1]}…{place[-_PLACE_END:]}"


def remark(model: ModelInfo) -> str:
    """What is to be known of a model before it answers; may be empty."""
    return _translated(words.remark(model))


def _translated(text: str) -> str:
    return QCoreApplication.translate(words.CONTEXT, text) if text else ""
