"""What the services say, in the words and the language of the window."""

from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.errors import UserError
from app.domain.generation import ModelInfo
from app.domain.sources import Source
from app.domain.tools import ToolFailure
from app.plugins.documents.values import Problem
from app.plugins.manager import ToolInfo
from app.services import document_words, words
from app.services.words import Phrase

_LONGEST_PLACE: Final = 40
_PLACE_END: Final = 15


def explain(error: UserError) -> str:
    """The sentence that is shown for an error."""
    return _translated(words.SENTENCES[error.code]).format(error.detail)


def explain_failure(failure: ToolFailure) -> str:
    """Why a tool's command came to nothing."""
    return _translated(words.FAILURES[failure])


def explain_problem(problem: Problem) -> str:
    """Why a document cannot be found."""
    return _translated(document_words.PROBLEMS[problem])


def tool_title(name: str) -> str:
    """What a tool is called; an installed one has its own name."""
    return _translated(words.TOOL_TITLES.get(name, "")) or name


def tool_summary(info: ToolInfo) -> str:
    """What a tool does."""
    return _translated(words.TOOL_SUMMARIES.get(info.name, "")) or info.summary


def place_in(source: Source) -> str:
    """Where in a document a passage is; empty where nothing is known."""
    if source.page:
        place = QCoreApplication.translate("Words", "page {0}").format(source.page)
    elif source.line:
        place = QCoreApplication.translate("Words", "line {0}").format(source.line)
    else:
        place = ""
    return ", ".join(filter(None, (source.heading, place)))


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
