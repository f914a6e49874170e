"""Codes in plain words: what happened, what was kept, what to do.

The terminal prints them as they are; the window translates them, for which
`QT_TRANSLATE_NOOP` marks them to Qt's translation tools.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo
from app.domain.hardware import Module, Placement, Reason, Step
from app.domain.moss import Form
from app.domain.permissions import Permission
from app.domain.tools import ToolFailure
from app.plugins.manager import Missing, ToolManager
from app.services import download_words
from app.services.marking import QT_TRANSLATE_NOOP

CONTEXT: Final = "Words"
"""The translation context of these sentences."""


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
        "Take one that writes text, such as MOSS or another GGUF model for chats.",
    ),
    ErrorCode.TEMPLATE_FAILED: QT_TRANSLATE_NOOP(
        "Words",
        "The chat template in this model's file cannot be used: {0}. "
        "What you wrote is kept. Take another file of this model, or another model.",
    ),
    ErrorCode.MODEL_NOT_LOADED: QT_TRANSLATE_NOOP(
        "Words",
        "No model is ready yet; nothing was sent.",
    ),
    ErrorCode.LOAD_CANCELLED: QT_TRANSLATE_NOOP(
        "Words",
        "Loading was stopped. Load the model again, or choose another one.",
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
    ErrorCode.ENGINE_SILENT: QT_TRANSLATE_NOOP(
        "Words",
        "The engine did not answer, several times in a row ({0}), and was ended. "
        "Your chats are kept; open another model or try again.",
    ),
    ErrorCode.PROTOCOL: QT_TRANSLATE_NOOP(
        "Words",
        "The engine answered something strange: {0}",
    ),
    ErrorCode.SERVER_ADDRESS: QT_TRANSLATE_NOOP(
        "Words",
        "This address cannot be used: {0}. It has to begin with https://, or with "
        "http:// for a server on this computer, and to lead to the server itself.",
    ),
    ErrorCode.SERVER_UNREACHABLE: QT_TRANSLATE_NOOP(
        "Words",
        "There is no connection to the server ({0}). "
        "See whether it runs and whether the address is right.",
    ),
    ErrorCode.SERVER_UNTRUSTED: QT_TRANSLATE_NOOP(
        "Words",
        "The server cannot prove that it is the one you mean ({0}), "
        "so nothing was sent to it.",
    ),
    ErrorCode.SERVER_KEY: QT_TRANSLATE_NOOP(
        "Words",
        "The server does not accept the key ({0}). Connect again with the right one.",
    ),
    ErrorCode.SERVER_MODEL: QT_TRANSLATE_NOOP(
        "Words",
        "The server does not have this model, or it has not exactly one and wants "
        "its name: {0}",
    ),
    ErrorCode.SERVER_UNSUITABLE: QT_TRANSLATE_NOOP(
        "Words",
        "This server offers no way to send what you write without its being taken for "
        "control tokens, so nothing was sent: {0}. llama-server, the server of "
        "llama-cpp-python and vLLM offer one.",
    ),
    ErrorCode.SERVER_BUSY: QT_TRANSLATE_NOOP(
        "Words",
        "The server is busy or not ready yet ({0}). Try again in a while.",
    ),
    ErrorCode.SERVER_SILENT: QT_TRANSLATE_NOOP(
        "Words",
        "The server has fallen silent ({0}). What was written is kept; try again.",
    ),
    ErrorCode.SERVER_LOST: QT_TRANSLATE_NOOP(
        "Words",
        "The connection to the server broke ({0}). "
        "What was written is kept; try again.",
    ),
    ErrorCode.SERVER_FAILED: QT_TRANSLATE_NOOP(
        "Words",
        "The server answered with an error or something strange: {0}",
    ),
    ErrorCode.NETWORK_OFF: QT_TRANSLATE_NOOP(
        "Words",
        "The network is switched off in the settings, so nothing was sent to {0}.",
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
    ErrorCode.BACKUP_DISK_FULL: QT_TRANSLATE_NOOP(
        "Words",
        "There is not enough room on the disk for today's backup of your chats. "
        "Earlier backups stay: {0}",
    ),
    ErrorCode.BACKUP_FAILED: QT_TRANSLATE_NOOP(
        "Words",
        "Today's backup of your chats could not be written. Earlier backups stay: {0}",
    ),
    ErrorCode.RESTORE_DISK_FULL: QT_TRANSLATE_NOOP(
        "Words",
        "There is not enough room on the disk to restore the backup. Your chats are as "
        "they were: {0}",
    ),
    ErrorCode.FILE_NOT_WRITTEN: QT_TRANSLATE_NOOP(
        "Words",
        "The file could not be written: {0}",
    ),
    ErrorCode.INDEX_BUSY: QT_TRANSLATE_NOOP(
        "Words",
        "Another window is indexing your documents just now; try again later. {0}",
    ),
    ErrorCode.INDEX_UNWRITABLE: QT_TRANSLATE_NOOP(
        "Words",
        "The index of your documents cannot be written: {0}",
    ),
    ErrorCode.EXPORT_FAILED: QT_TRANSLATE_NOOP(
        "Words",
        "The chats could not be exported: {0}. Choose another place for the file.",
    ),
    ErrorCode.EXPORT_DISK_FULL: QT_TRANSLATE_NOOP(
        "Words",
        "There is not enough room on the disk for the export, so no file was written: "
        "{0}",
    ),
    ErrorCode.IMPORT_FAILED: QT_TRANSLATE_NOOP(
        "Words",
        "This file cannot be read: {0}",
    ),
    ErrorCode.IMPORT_UNKNOWN: QT_TRANSLATE_NOOP(
        "Words",
        "No chats of a program that is known here were found in this file: {0}",
    ),
    ErrorCode.IMPORT_NEWER: QT_TRANSLATE_NOOP(
        "Words",
        "This file was exported by a newer version of this program (format {0}), "
        "so nothing was imported. Please update.",
    ),
    ErrorCode.IMPORT_TOO_LARGE: QT_TRANSLATE_NOOP(
        "Words",
        "This file is larger than can be imported at once: {0}",
    ),
    **download_words.SENTENCES,
    ErrorCode.LIBRARY_FOREIGN: QT_TRANSLATE_NOOP(
        "Words",
        "This model belongs to another program and is left as it is: {0}",
    ),
    ErrorCode.LIBRARY_IN_USE: QT_TRANSLATE_NOOP(
        "Words",
        "This model is in use: {0}. Load another one first.",
    ),
    ErrorCode.LIBRARY_BUSY: QT_TRANSLATE_NOOP(
        "Words",
        "Another model is being moved or deleted, perhaps in another window. "
        "Try again when that is done.",
    ),
    ErrorCode.LIBRARY_TAKEN: QT_TRANSLATE_NOOP(
        "Words",
        "There is a file of this name already; nothing was changed: {0}",
    ),
    ErrorCode.LIBRARY_DISK_FULL: QT_TRANSLATE_NOOP(
        "Words",
        "There is not enough room on that disk for the model, so it stays where it "
        "is: {0}",
    ),
    ErrorCode.LIBRARY_COPY_DIFFERS: QT_TRANSLATE_NOOP(
        "Words",
        "The copy was not the same when it was read back, so the model stays where it "
        "is: {0}. Check that disk.",
    ),
    ErrorCode.LIBRARY_NO_SOURCE: QT_TRANSLATE_NOOP(
        "Words",
        "The checkpoint that this model was converted from is not there any more: {0}",
    ),
    ErrorCode.LIBRARY_LOST: QT_TRANSLATE_NOOP(
        "Words",
        "Checking or moving the model broke off; the model is as it was: {0}",
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
    ToolFailure.NOTHING_FOUND: QT_TRANSLATE_NOOP("Words", "Nothing was found."),
    ToolFailure.TOO_LARGE: QT_TRANSLATE_NOOP("Words", "This is too large to work out."),
    ToolFailure.TIME_LIMIT: QT_TRANSLATE_NOOP(
        "Words", "This took too long and was ended."
    ),
    ToolFailure.TOOL_LOST: QT_TRANSLATE_NOOP(
        "Words", "The tool stopped; it starts again."
    ),
    ToolFailure.UNAVAILABLE: QT_TRANSLATE_NOOP("Words", "The tool cannot be started."),
    ToolFailure.UNREACHABLE: QT_TRANSLATE_NOOP(
        "Words", "What the tool asks could not be reached."
    ),
    ToolFailure.MISSING: QT_TRANSLATE_NOOP(
        "Words", "Something that the tool needs is not there."
    ),
    ToolFailure.BROKEN: QT_TRANSLATE_NOOP(
        "Words", "The tool cannot be used; it was switched off until it is mended."
    ),
    ToolFailure.REFUSED: QT_TRANSLATE_NOOP("Words", "You did not allow it."),
    ToolFailure.CANCELLED: QT_TRANSLATE_NOOP("Words", "You stopped it."),
    ToolFailure.SERVER_ADDRESS: QT_TRANSLATE_NOOP(
        "Words",
        "The server's address cannot be used. It has to begin with https://, or with "
        "http:// for a server on this computer or in your own network.",
    ),
    ToolFailure.SERVER_UNTRUSTED: QT_TRANSLATE_NOOP(
        "Words",
        "The server cannot prove that it is the one you mean, so nothing was sent.",
    ),
    ToolFailure.SERVER_LOCKED: QT_TRANSLATE_NOOP(
        "Words", "The server wants a name and a password."
    ),
    ToolFailure.SERVER_BUSY: QT_TRANSLATE_NOOP(
        "Words", "The server is busy or not ready yet. Try again in a while."
    ),
    ToolFailure.SERVER_SILENT: QT_TRANSLATE_NOOP(
        "Words", "The server has fallen silent."
    ),
    ToolFailure.SERVER_LOST: QT_TRANSLATE_NOOP(
        "Words", "The connection to the server broke."
    ),
    ToolFailure.SERVER_FAILED: QT_TRANSLATE_NOOP(
        "Words", "The server answered with an error or something strange."
    ),
    ToolFailure.BAD_PICTURE: QT_TRANSLATE_NOOP(
        "Words", "What came is no picture that can be kept."
    ),
    ToolFailure.MODEL_UNREADABLE: QT_TRANSLATE_NOOP(
        "Words",
        "The model for pictures cannot be loaded. Take one for Stable Diffusion, "
        "as .gguf or .safetensors.",
    ),
    ToolFailure.DISK_FULL: QT_TRANSLATE_NOOP(
        "Words", "The disk is full; the picture could not be kept."
    ),
    ToolFailure.DISK_FAILED: QT_TRANSLATE_NOOP(
        "Words", "The picture could not be kept: its folder cannot be written to."
    ),
    ToolFailure.INTERNAL: QT_TRANSLATE_NOOP("Words", "The tool has a fault."),
}
"""Why a tool's command came to nothing."""

TOOL_TITLES: Final[Mapping[str, str]] = {
    "calculate": QT_TRANSLATE_NOOP("Words", "Calculator"),
    "solve": QT_TRANSLATE_NOOP("Words", "Equation solver"),
    "documents": QT_TRANSLATE_NOOP("Words", "Search: your documents"),
    "wikipedia": QT_TRANSLATE_NOOP("Words", "Search: offline Wikipedia"),
    "searxng": QT_TRANSLATE_NOOP("Words", "Search: SearXNG server"),
    "web": QT_TRANSLATE_NOOP("Words", "Search: the web"),
    "text_to_image": QT_TRANSLATE_NOOP("Words", "Pictures"),
}
"""What a tool of this program is called."""

TOOL_SUMMARIES: Final[Mapping[str, str]] = {
    "calculate": QT_TRANSLATE_NOOP(
        "Words", "Computes numbers. Nothing leaves this computer."
    ),
    "solve": QT_TRANSLATE_NOOP(
        "Words", "Solves equations with SymPy. Nothing leaves this computer."
    ),
    "text_to_image": QT_TRANSLATE_NOOP(
        "Words",
        "Makes a picture of what MOSS describes: on this computer, or on a server of "
        "yours, which is sent the description.",
    ),
    "documents": QT_TRANSLATE_NOOP(
        "Words", "Searches the folders that you name. Nothing leaves this computer."
    ),
    "wikipedia": QT_TRANSLATE_NOOP(
        "Words",
        "Searches ZIM files, such as Wikipedia's from library.kiwix.org. Nothing "
        "leaves this computer.",
    ),
    "searxng": QT_TRANSLATE_NOOP(
        "Words",
        "Asks a SearXNG server of yours. It is sent what MOSS searches for, and "
        "passes it on to search engines.",
    ),
    "web": QT_TRANSLATE_NOOP(
        "Words",
        "Asks DuckDuckGo, which is sent what MOSS searches for and sees this "
        "computer's address.",
    ),
}
"""What it does, and what leaves the computer by it."""

MISSING: Final[Mapping[Missing, str]] = {
    Missing.SEARCH_SOURCE: QT_TRANSLATE_NOOP("Words", "There is nothing to search."),
    Missing.IMAGE_BACKEND: QT_TRANSLATE_NOOP(
        "Words", "Nothing that makes pictures was chosen yet."
    ),
    Missing.IMAGE_ADDRESS: QT_TRANSLATE_NOOP(
        "Words", "The address of the server for pictures cannot be used."
    ),
    Missing.IMAGE_LIBRARY: QT_TRANSLATE_NOOP(
        "Words",
        "The library that makes pictures is not installed: "
        "pip install stable-diffusion-cpp-python",
    ),
    Missing.IMAGE_MODEL: QT_TRANSLATE_NOOP(
        "Words", "The model for pictures is not there, or is none."
    ),
    Missing.NOT_STARTED: QT_TRANSLATE_NOOP(
        "Words", "Installed by another package; it is started once you allow it."
    ),
    Missing.BROKEN: QT_TRANSLATE_NOOP("Words", "It cannot be used: {0}"),
    Missing.NETWORK: QT_TRANSLATE_NOOP(
        "Words", "The network is switched off in the settings."
    ),
    Missing.PACKAGE: QT_TRANSLATE_NOOP(
        "Words", "A package that it needs is not installed; see the README."
    ),
}
"""Why a tool cannot run; `{0}` is the problem of an installed one."""

READY: Final = QT_TRANSLATE_NOOP("Words", "Ready.")
SWITCHED_OFF: Final = QT_TRANSLATE_NOOP("Words", "Not allowed; it is not started.")


def tool_state(manager: ToolManager, name: str) -> "Phrase":
    """Whether a tool can run now, and if not, why."""
    missing = manager.missing(name)
    if missing is Missing.BROKEN:
        return Phrase(MISSING[missing], (manager.info(name).problem,))
    if missing is not None:
        return Phrase(MISSING[missing])
    allowed = manager.permission(name) is not Permission.NEVER
    return Phrase(READY if allowed else SWITCHED_OFF)


_COMPLETES: Final = QT_TRANSLATE_NOOP(
    "Words",
    "This model has no chat template, so it continues your text instead of answering "
    "it. For a chat take a version of it whose name says “instruct” or “chat”.",
)


def remark(model: ModelInfo) -> str:
    """What is to be known of a model before it answers; may be empty."""
    return _COMPLETES if model.form == Form.BASE else ""


REASONS: Final[Mapping[Reason, str]] = {
    Reason.NO_GPU: QT_TRANSLATE_NOOP(
        "Words", "No graphics card was found; the processor does the work."
    ),
    Reason.GPU_WHOLE: QT_TRANSLATE_NOOP("Words", "The whole model is on {2}."),
    Reason.GPU_PART: QT_TRANSLATE_NOOP(
        "Words",
        "{0} of {1} layers are on {2}; the processor does the rest.",
    ),
    Reason.GPU_TOO_SMALL: QT_TRANSLATE_NOOP(
        "Words",
        "The graphics card has too little free memory; the processor does the work.",
    ),
    Reason.BY_HAND: QT_TRANSLATE_NOOP(
        "Words", "What runs on the graphics card was set by hand."
    ),
    Reason.KV_SMALLER: QT_TRANSLATE_NOOP(
        "Words",
        "What the model has read is kept in 8 bits instead of 16, so that it fits.",
    ),
    Reason.NOT_MAPPED: QT_TRANSLATE_NOOP(
        "Words",
        "The file is read into memory, so that no weight is there twice.",
    ),
    Reason.FROM_DISK: QT_TRANSLATE_NOOP(
        "Words",
        "Memory is short: weights are read from the disk again and again, and "
        "answers will be very slow. Close other programs or take a smaller file.",
    ),
    Reason.TOO_LARGE: QT_TRANSLATE_NOOP(
        "Words",
        "This computer has too little free memory for it.",
    ),
    Reason.REMEMBERED: QT_TRANSLATE_NOOP("Words", "That is what worked the last time."),
}
"""Why a model is laid out as it is: `{0}` of `{1}` layers are on `{2}`."""

STEPS: Final[Mapping[Step, str]] = {
    Step.FEWER_LAYERS: QT_TRANSLATE_NOOP(
        "Words",
        "The graphics card has too little free memory. "
        "Trying again with {0} of {1} layers there.",
    ),
    Step.SMALLER_KV: QT_TRANSLATE_NOOP(
        "Words",
        "Memory was not enough. "
        "Trying again with 8 bits instead of 16 for what the model has read.",
    ),
    Step.SMALLER_BATCH: QT_TRANSLATE_NOOP(
        "Words",
        "Memory was not enough. Trying again with {3} tokens at a time.",
    ),
    Step.CPU_ONLY: QT_TRANSLATE_NOOP(
        "Words",
        "The graphics card has too little free memory. "
        "Trying again with the processor alone.",
    ),
    Step.FROM_DISK: QT_TRANSLATE_NOOP(
        "Words",
        "Memory was not enough. Trying again with weights read from the disk as they "
        "are needed; answers will be very slow.",
    ),
}
"""What is tried next when a model could not be loaded: with `{0}` of `{1}` layers on
`{2}`, and `{3}` tokens at a time."""

RESTARTS: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.ENGINE_LOST: QT_TRANSLATE_NOOP(
        "Words",
        "The engine stopped and is starting again. What was written is kept.",
    ),
    ErrorCode.ENGINE_SILENT: QT_TRANSLATE_NOOP(
        "Words",
        "The engine did not answer for {0}, so it was ended and is starting again. "
        "What was written is kept.",
    ),
    ErrorCode.PROTOCOL: QT_TRANSLATE_NOOP(
        "Words",
        "The engine said something strange, so it was ended and is starting again. "
        "What was written is kept.",
    ),
}
"""What is said when the engine is started again; `{0}` is the error's detail."""

NO_DEVICE: Final = QT_TRANSLATE_NOOP(
    "Words",
    "The {0} module is there, but it finds no device; the processor does the work.",
)
"""A ggml module without a device: `{0}` is its name."""

NOT_LOADABLE: Final = QT_TRANSLATE_NOOP(
    "Words",
    "The {0} module cannot be loaded ({1}); the processor does the work.",
)
"""A ggml module that is no good here: its name, and why."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence that is still to be translated.

    Attributes:
        text: The sentence in English, with places for values.
        values: What belongs there.
    """

    text: str
    values: tuple[str | int, ...] = ()

    @property
    def english(self) -> str:
        """The sentence as the terminal prints it."""
        return self.text.format(*self.values)


def placement_phrases(placement: Placement) -> tuple[Phrase, ...]:
    """Where a model runs and why."""
    values = _values(placement)
    return tuple(Phrase(REASONS[reason], values) for reason in placement.reasons)


def step_phrase(step: Step, placement: Placement) -> Phrase:
    """What is tried next when a model could not be loaded."""
    return Phrase(STEPS[step], _values(placement))


def restart_phrase(error: UserError) -> Phrase:
    """Why the engine is started again."""
    usual = RESTARTS[ErrorCode.ENGINE_LOST]
    return Phrase(RESTARTS.get(error.code, usual), (error.detail,))


def module_phrases(modules: Iterable[Module]) -> tuple[Phrase, ...]:
    """Which modules of ggml are of no use here."""
    return tuple(
        Phrase(NOT_LOADABLE, (module.name, module.problem))
        if module.problem
        else Phrase(NO_DEVICE, (module.name,))
        for module in modules
        if not module.devices
    )


def _values(placement: Placement) -> tuple[str | int, ...]:
    names = [share.description or share.device for share in placement.shares]
    cards = " + ".join(names)
    return placement.gpu_layers, placement.layers, cards, placement.batch


def explain(error: UserError) -> str:
    """The English sentence for an error."""
    return SENTENCES[error.code].format(error.detail)
