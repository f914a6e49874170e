"""What the services say, in the words and the language of the window."""

from PySide6.QtCore import QCoreApplication

from app.domain.errors import UserError
from app.domain.tools import ToolFailure
from app.services import words
from app.services.words import Phrase


def explain(error: UserError) -> str:
    """The sentence that is shown for an error."""
    return _translated(words.SENTENCES[error.code]).format(error.detail)


def explain_failure(failure: ToolFailure) -> str:
    """Why a tool's command came to nothing."""
    return _translated(words.FAILURES[failure])


def say(phrase: Phrase) -> str:
    """A sentence that the services have put together."""
    return _translated(phrase.text).format(*phrase.values)


def _translated(text: str) -> str:
    return QCoreApplication.translate(words.CONTEXT, text)
