"""Settings in plain words: what each is called, and what it does.

The words are those of `app.store.settings.DECLARATIONS`, setting by setting; the
window translates them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.hardware import KvType
from app.services.marking import QT_TRANSLATE_NOOP
from app.store.declaring import Effect, Section, Unit
from app.store.settings import Language, Mirror, Theme

CONTEXT: Final = "Settings"
"""The translation context of these sentences."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a setting, in English.

    Attributes:
        title: What it is called.
        help: What it does, and what speaks for another value.
        none: What no value means: an empty field, or None.
    """

    title: str
    help: str
    none: str = ""


AUTOMATIC: Final = QT_TRANSLATE_NOOP("Settings", "automatic")
ON: Final = QT_TRANSLATE_NOOP("Settings", "on")
OFF: Final = QT_TRANSLATE_NOOP("Settings", "off")
SECTIONS: Final[Mapping[Section, str]] = {
    Section.GENERAL: QT_TRANSLATE_NOOP("Settings", "General"),
    Section.APPEARANCE: QT_TRANSLATE_NOOP("Settings", "Appearance"),
    Section.HARDWARE: QT_TRANSLATE_NOOP("Settings", "Model and hardware"),
    Section.TOOLS: QT_TRANSLATE_NOOP("Settings", "Tools and permissions"),
    Section.NETWORK: QT_TRANSLATE_NOOP("Settings", "Network"),
    Section.DATA: QT_TRANSLATE_NOOP("Settings", "Data and backups"),
    Section.ADVANCED: QT_TRANSLATE_NOOP("Settings", "Advanced"),
}
UNITS: Final[Mapping[Unit, str]] = {
    Unit.NONE: "",
    Unit.PERCENT: QT_TRANSLATE_NOOP("Settings", " %"),
    Unit.TOKENS: QT_TRANSLATE_NOOP("Settings", " tokens"),
    Unit.DAYS: QT_TRANSLATE_NOOP("Settings", " days"),
    Unit.GIGABYTES: QT_TRANSLATE_NOOP("Settings", " GiB"),
    Unit.KILOBYTES_A_SECOND: QT_TRANSLATE_NOOP("Settings", " KiB/s"),
}
EFFECTS: Final[Mapping[Effect, str]] = {
    Effect.NOW: "",
    Effect.LOADING: QT_TRANSLATE_NOOP(
        "Settings", "Takes effect when the model is loaded again."
    ),
    Effect.START: QT_TRANSLATE_NOOP(
        "Settings", "Takes effect when the program is started again."
    ),
}
_AS_THE_SYSTEM: Final = QT_TRANSLATE_NOOP("Settings", "as the system")
VALUES: Final[Mapping[type, Mapping[Any, str]]] = {
    Language: {
        Language.SYSTEM: _AS_THE_SYSTEM,
        Language.ENGLISH: "English",
        Language.CHINESE: "中文",
    },
    Theme: {
        Theme.SYSTEM: _AS_THE_SYSTEM,
        Theme.LIGHT: QT_TRANSLATE_NOOP("Settings", "light"),
        Theme.DARK: QT_TRANSLATE_NOOP("Settings", "dark"),
    },
    KvType: {
        KvType.F16: QT_TRANSLATE_NOOP("Settings", "16 bits (f16)"),
        KvType.Q8_0: QT_TRANSLATE_NOOP("Settings", "8 bits (q8_0)"),
    },
    Mirror: {
        Mirror.HUGGING_FACE: "Hugging Face",
        Mirror.HF_MIRROR: "hf-mirror.com",
        Mirror.MODELSCOPE: "ModelScope",
    },
    bool: {
        True: QT_TRANSLATE_NOOP("Settings", "always"),
        False: QT_TRANSLATE_NOOP("Settings", "never"),
    },
}
"""What the values of choices are called, by their types."""
SETTINGS: Final[Mapping[str, Words]] = {
    "language": Words(
        QT_TRANSLATE_NOOP("Settings", "Language"),
        QT_TRANSLATE_NOOP("Settings", "The language of menus, buttons and messages."),
    ),
    "load_at_start": Words(
        QT_TRANSLATE_NOOP("Settings", "Load a model at the start"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "The model that was used last is loaded when the program starts. Without "
            "this its memory stays free until you choose a model.",
        ),
    ),
    "theme": Words(
        QT_TRANSLATE_NOOP("Settings", "Theme"),
        QT_TRANSLATE_NOOP("Settings", "The colours of the window."),
    ),
    "zoom": Words(
        QT_TRANSLATE_NOOP("Settings", "Text size"),
        QT_TRANSLATE_NOOP("Settings", "The size of everything that is written."),
    ),
    "compact": Words(
        QT_TRANSLATE_NOOP("Settings", "Compact"),
        QT_TRANSLATE_NOOP(
            "Settings", "Less space between things, so that more of them are seen."
        ),
    ),
    "reduced_motion": Words(
        QT_TRANSLATE_NOOP("Settings", "Less motion"),
        QT_TRANSLATE_NOOP(
            "Settings", "Nothing fades, slides or blinks by itself, the cursor neither."
        ),
    ),
    "gpu_layers": Words(
        QT_TRANSLATE_NOOP("Settings", "Layers on the graphics card"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "The more of the model lies on the card, the faster it answers and the "
            "more of the card's memory it takes. 0 leaves the card alone.",
        ),
        QT_TRANSLATE_NOOP("Settings", "as many as fit"),
    ),
    "card_parts": Words(
        QT_TRANSLATE_NOOP("Settings", "Parts for several cards"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "How these layers are shared out, a number for each card in the order "
            "above: “3, 1” gives the first three times as much, “0, 1” leaves it out.",
        ),
        QT_TRANSLATE_NOOP("Settings", "by what fits"),
    ),
    "threads": Words(
        QT_TRANSLATE_NOOP("Settings", "Processor threads"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "How many cores compute at once. More than the processor really has make "
            "answers slower; fewer leave some for other programs.",
        ),
        AUTOMATIC,
    ),
    "context": Words(
        QT_TRANSLATE_NOOP("Settings", "Context window"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "How much of a chat the model sees at once, at most what it was trained "
            "on. A smaller window takes less memory.",
        ),
        QT_TRANSLATE_NOOP("Settings", "as the model was trained"),
    ),
    "kv_type": Words(
        QT_TRANSLATE_NOOP("Settings", "Memory of the context"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "How exactly the model remembers what it has read. 8 bits take about half "
            "the memory and change answers hardly at all.",
        ),
        AUTOMATIC,
    ),
    "network": Words(
        QT_TRANSLATE_NOOP("Settings", "Allow the network"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Switched off, nothing is sent to other computers: no downloads, no "
            "searches on the web, no installed tools and no models on servers. "
            "What runs on this computer still works.",
        ),
    ),
    "mirror": Words(
        QT_TRANSLATE_NOOP("Settings", "Download models from"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "The others have the same files and are faster in China.",
        ),
    ),
    "hub_address": Words(
        QT_TRANSLATE_NOOP("Settings", "Another server for downloads"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "The address of a server that speaks Hugging Face's interface; it takes "
            "the place of the choice above.",
        ),
        "https://…",
    ),
    "download_rate": Words(
        QT_TRANSLATE_NOOP("Settings", "Limit for downloads"),
        QT_TRANSLATE_NOOP(
            "Settings", "What all downloads together may take of the connection."
        ),
        QT_TRANSLATE_NOOP("Settings", "no limit"),
    ),
    "models_folder": Words(
        QT_TRANSLATE_NOOP("Settings", "Folder for models"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Where downloaded and converted models are put. What is elsewhere "
            "already stays there.",
        ),
        QT_TRANSLATE_NOOP("Settings", "the program's own folder"),
    ),
    "state_gigabytes": Words(
        QT_TRANSLATE_NOOP("Settings", "Disk space for what was read"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "What a model has read of your chats is kept, so that it need not read it "
            "again after a restart. 0 keeps nothing new.",
        ),
    ),
    "trash_days": Words(
        QT_TRANSLATE_NOOP("Settings", "Keep deleted chats"),
        QT_TRANSLATE_NOOP(
            "Settings", "So long they can be restored from the trash; then they go."
        ),
    ),
    "backups_kept": Words(
        QT_TRANSLATE_NOOP("Settings", "Backups that are kept"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Every day a copy of all chats is made; so many of the last ones stay.",
        ),
    ),
    "batch": Words(
        QT_TRANSLATE_NOOP("Settings", "Tokens at a time"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "How much of a text is read in one step. Larger steps can be faster and "
            "take more memory; smaller ones can be stopped sooner.",
        ),
        AUTOMATIC,
    ),
    "mapped": Words(
        QT_TRANSLATE_NOOP("Settings", "Map the model's file into memory"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "A mapped file is loaded faster and its memory can be given back; one "
            "that is read can be arranged for the processor.",
        ),
        AUTOMATIC,
    ),
    "speculation": Words(
        QT_TRANSLATE_NOOP("Settings", "Guess the next words"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Words that followed before are tried several at once. “Always” is "
            "faster with texts that repeat themselves, and can change an answer with "
            "the same seed.",
        ),
        AUTOMATIC,
    ),
}
