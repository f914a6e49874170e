"""Error codes in plain words: what happened, what was kept, what to do.

The terminal prints them as they are; the window translates them, for which
`QT_TRANSLATE_NOOP` marks them to Qt's translation tools.
"""

from collections.abc import Mapping
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.domain.tools import ToolFailure

CONTEXT: Final = "Words"
"""The translation context of these sentences."""


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802 -- lupdate looks for this name
    """Marks a sentence for translation and leaves it as it is."""
    return text


SENTENCES: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.MODEL_NOT_FOUND: QT_TRANSLATE_NOOP(
        "Words",
        "The model file is not there any more: {0}",
    ),
    ErrorCode.MODEL_UNREADABLE: QT_TRANSLATE_NOOP(
        "Words",
        "This file is not a complete GGUF model: {0}. "
        "Choose another one, or convert it again.",
    ),
    ErrorCode.MODEL_UNSUPPORTED: QT_TRANSLATE_NOOP(
        "Words",
        "This version cannot run a model of this kind: {0}. "
        "Take one of MOSS that moss-convert has made.",
    ),
    ErrorCode.MODEL_NOT_LOADED: QT_TRANSLATE_NOOP(
        "Words",
        "No model is ready yet; nothing was sent.",
    ),
    ErrorCode.OUT_OF_MEMORY: QT_TRANSLATE_NOOP(
        "Words",
        "There is not enough memory for this model. "
        "Close other programs or choose a smaller model. {0}",
    ),
    ErrorCode.PROMPT_TOO_LONG: QT_TRANSLATE_NOOP(
        "Words",
        "Your message is longer than the model can read at once. "
        "It is kept in the chat; send a shorter one.",
    ),
    ErrorCode.BUSY: QT_TRANSLATE_NOOP(
        "Words",
        "Another answer is being written. Stop it or wait for its end.",
    ),
    ErrorCode.ENGINE_LOST: QT_TRANSLATE_NOOP(
        "Words",
        "The engine stopped several times in a row ({0}). "
        "Your chats are kept; open another model or try again.",
    ),
    ErrorCode.PROTOCOL: QT_TRANSLATE_NOOP(
        "Words",
        "The engine answered something strange: {0}",
    ),
    ErrorCode.CONVERSION_FAILED: QT_TRANSLATE_NOOP(
        "Words",
        "The model could not be converted: {0}",
    ),
    ErrorCode.CHAT_NOT_FOUND: QT_TRANSLATE_NOOP(
        "Words",
        "This chat is not there any more; another window may have deleted it.",
    ),
    ErrorCode.ARCHIVE_NEWER: QT_TRANSLATE_NOOP(
        "Words",
        "Your chats were saved by a newer version of this program, "
        "so this one leaves them alone: {0}. Please update.",
    ),
    ErrorCode.ARCHIVE_UNREADABLE: QT_TRANSLATE_NOOP(
        "Words",
        "The file with your chats cannot be read; nothing was changed in it: {0}",
    ),
    ErrorCode.ARCHIVE_READ_ONLY: QT_TRANSLATE_NOOP(
        "Words",
        "Your chats cannot be saved, because this place cannot be written to: {0}",
    ),
    ErrorCode.ARCHIVE_BUSY: QT_TRANSLATE_NOOP(
        "Words",
        "Another program is using the file with your chats; try again. {0}",
    ),
    ErrorCode.DISK_FULL: QT_TRANSLATE_NOOP(
        "Words",
        "The disk is full. What you see is not saved until there is room: {0}",
    ),
    ErrorCode.INTERNAL: QT_TRANSLATE_NOOP(
        "Words",
        "Something went wrong in this program; what was written is kept: {0}",
    ),
}
"""A sentence for each code; `{0}` is the error's detail."""

FAILURES: Final[Mapping[ToolFailure, str]] = {
    ToolFailure.NOT_UNDERSTOOD: QT_TRANSLATE_NOOP(
        "Words", "The tool cannot read this."
    ),
    ToolFailure.NO_SOLUTION: QT_TRANSLATE_NOOP("Words", "There is no single solution."),
    ToolFailure.TOO_LARGE: QT_TRANSLATE_NOOP("Words", "This is too large to work out."),
    ToolFailure.TIME_LIMIT: QT_TRANSLATE_NOOP(
        "Words", "This took too long and was ended."
    ),
    ToolFailure.TOOL_LOST: QT_TRANSLATE_NOOP(
        "Words", "The tool stopped; it starts again."
    ),
    ToolFailure.UNAVAILABLE: QT_TRANSLATE_NOOP("Words", "The tool cannot be started."),
    ToolFailure.CANCELLED: QT_TRANSLATE_NOOP("Words", "You stopped it."),
    ToolFailure.INTERNAL: QT_TRANSLATE_NOOP("Words", "The tool has a fault."),
}
"""Why a tool's command came to nothing."""


def explain(error: UserError) -> str:
    """The English sentence for an error."""
    return SENTENCES[error.code].format(error.detail)
