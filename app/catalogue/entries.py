"""The models that this program knows to offer: values only."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Site(StrEnum):
    """A kind of server that has models; each has its own way to list files."""

    HUGGING_FACE = "hugging_face"
    MODELSCOPE = "modelscope"


class Kind(StrEnum):
    """What is downloaded."""

    CHECKPOINT = "checkpoint"
    """Weights as PyTorch or safetensors files, which have to be converted."""
    GGUF = "gguf"
    """A file that runs as it is."""


class ModelForm(StrEnum):
    """What the model was made for."""

    BASE = "base"
    """It only goes on with a text."""
    SFT = "sft"
    """MOSS that chats."""
    PLUGIN = "plugin"
    """MOSS that chats and uses tools."""
    CHAT = "chat"
    """Another model that chats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What the weights may be used for.

    Attributes:
        name: Its SPDX identifier.
        url: Where it can be read.
        terms: What its authors ask for beyond it, by language (`en`, `zh`).
    """

    name: str
    url: str = ""
    terms: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model of the catalogue.

    Attributes:
        id: Its name in commands; unique.
        title: Its name for people.
        kind: What is downloaded.
        form: What it was made for.
        licence: What the weights may be used for.
        parameters: How many, in all.
        size: Bytes of the download, about; the list of files has the exact number.
        bits: Of a weight as it is published; 4 and 8 are quantized already.
        hugging_face: The repository there, as `OWNER/NAME`; may be empty.
        modelscope: The same on ModelScope.
        file: Of a repository with several GGUF files, the one that is meant.
        languages: What it speaks, as ISO 639-1 codes.
        summary: One sentence, by language (`en`, `zh`).
        hidden: Whether the user does not want to see it.
    """

    id: str
    title: str
    kind: Kind
    form: ModelForm
    licence: Licence
    parameters: int
    size: int
    bits: float = 16
    hugging_face: str = ""
    modelscope: str = ""
    file: str = ""
    languages: tuple[str, ...] = ()
    summary: dict[str, str] = field(default_factory=dict)
    hidden: bool = False

    def repository(self, site: Site) -> str:
        """The repository on a site; empty where it is not there."""
        return self.modelscope if site is Site.MODELSCOPE else self.hugging_face


ENDPOINTS: Final = {
    Site.HUGGING_FACE: "https://huggingface.co",
    Site.MODELSCOPE: "https://modelscope.cn",
}
"""Where each site is, unless the user says otherwise."""
CHINA_MIRROR: Final = "https://hf-mirror.com"
"""A mirror of Hugging Face that is reached from mainland China."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a catalogue file that was skipped.

    Attributes:
        file: Which file.
        entry: The entry's id or number; empty where the whole file is meant.
        reason: Why, in the reader's words.
    """

    file: str
    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All models, and what was skipped.

    Attributes:
        entries: In the order of the files, the shipped one first.
        problems: What could not be read.
    """

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()

    def find(self, name: str) -> Entry | None:
        """The model of this id, or of this repository on any site."""
        wanted = name.strip().lower()
        for entry in self.entries:
            names = (entry.id, entry.hugging_face, entry.modelscope)
            if wanted in (known.lower() for known in names if known):
                return entry
        return None
