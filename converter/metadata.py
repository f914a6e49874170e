"""Entries of a GGUF header, and those that say what a file is and where it is from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeAlias

from gguf.constants import GGUFValueType, LlamaFileType

from converter import __version__
from converter.printable import printable

Value: TypeAlias = str | bool | int | float | Sequence[str] | Sequence[float]
# By llama.cpp's name of their architecture.
_PUBLISHED = {
    "phi2": re.compile(r"moss-moon-003-(?:base|sft-plugin|sft)(?:-int[48])?"),
    "llama": re.compile(r"moss-base-7b"),
}
_HUB = "https://huggingface.co/"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of the header and its value.

    Attributes:
        key: The key.
        kind: Type of the value, or of an array's elements.
        value: The value.
        is_array: Whether the value is a sequence of values.
    """

    key: str
    kind: GGUFValueType
    value: Value
    is_array: bool = False

    @classmethod
    def text(cls, key: str, value: str) -> Self:
        """Returns an entry that holds a string."""
        return cls(key, GGUFValueType.STRING, value)

    @classmethod
    def flag(cls, key: str, *, value: bool) -> Self:
        """Returns an entry that holds a truth value."""
        return cls(key, GGUFValueType.BOOL, value)

    @classmethod
    def count(cls, key: str, value: int) -> Self:
        """Returns an entry that holds an unsigned number."""
        return cls(key, GGUFValueType.UINT32, value)

    @classmethod
    def number(cls, key: str, value: float) -> Self:
        """Returns an entry that holds a float32."""
        return cls(key, GGUFValueType.FLOAT32, value)

    @classmethod
    def integer(cls, key: str, value: int) -> Self:
        """Returns an entry that holds a signed number."""
        return cls(key, GGUFValueType.INT32, value)

    @classmethod
    def texts(cls, key: str, values: Sequence[str]) -> Self:
        """Returns an entry that holds strings."""
        return cls(key, GGUFValueType.STRING, values, is_array=True)

    @classmethod
    def integers(cls, key: str, values: Sequence[int]) -> Self:
        """Returns an entry that holds signed numbers."""
        return cls(key, GGUFValueType.INT32, values, is_array=True)

    @classmethod
    def numbers(cls, key: str, values: Sequence[float]) -> Self:
        """Returns an entry that holds float32s."""
        return cls(key, GGUFValueType.FLOAT32, values, is_array=True)


class Form(StrEnum):
    """Which dialogue a model was tuned on."""

    PLUGIN = "plugin"
    SFT = "sft"
    BASE = "base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a model is, as far as its files say.

    Attributes:
        name: Name to show.
        form: Which dialogue it was tuned on.
        is_demo: Whether it names itself a demonstration.
        repository: Where it was published, or nothing.
        licence: SPDX-like name of the weights' licence, or nothing.
    """

    name: str
    form: Form
    is_demo: bool
    repository: str
    licence: str


def identify(
    config: Mapping[str, Any],
    folder: str,
    *,
    architecture: str,
    has_markers: bool,
    form: Form | None,
) -> Identity:
    """Works out what a checkpoint is from its own name and its folder's.

    Args:
        config: Its `config.json`.
        folder: Name of its folder.
        architecture: llama.cpp's name of its architecture.
        has_markers: Whether the vocabulary holds the markers of MOSS's dialogue.
        form: What the user says about the dialogue, or None.
    """
    own = re.split(r"[/\\]", str(config.get("_name_or_path", "")).rstrip("/\\"))[-1]
    names = [name.lower() for name in (own, folder)]
    is_demo = "demo" in re.split(r"[^a-z]+", names[0])
    published = next(filter(None, map(_PUBLISHED[architecture].search, names)), None)
    repository = f"fnlp/{published[0]}" if published else ""
    if is_demo or (published and architecture == "llama"):
        licence = "apache-2.0"
    elif architecture == "llama":
        licence = ""  # a Llama may be anybody's
    elif has_markers:
        licence = "agpl-3.0"
    else:
        licence = "bsd-3-clause"  # CodeGen's own weights
    name = own if is_demo else published[0] if published else folder or own
    return Identity(
        name=printable(name),
        form=form or _form(names, has_markers=has_markers, is_demo=is_demo),
        is_demo=is_demo,
        repository=repository,
        licence=licence,
    )


def _form(names: list[str], *, has_markers: bool, is_demo: bool) -> Form:
    if not has_markers:
        return Form.BASE
    for form in Form:  # "plugin" before "sft", as sft-plugin is a plugin model
        if any(form in re.split(r"[^a-z]+", name) for name in names):
            return form
    return Form.PLUGIN if is_demo else Form.SFT


def general(
    identity: Identity, *, architecture: str, file_type: LlamaFileType, source: str
) -> Iterator[Entry]:
    """Yields the entries about origin, licence and how the file was made.

    Args:
        identity: What the model is.
        architecture: llama.cpp's name of the architecture.
        file_type: The type that was asked for.
        source: Number types of the source's weights.
    """
    yield Entry.text("general.architecture", architecture)
    yield Entry.text("general.type", "model")
    yield Entry.text("general.name", identity.name)
    if identity.licence:
        yield Entry.text("general.license", identity.licence)
    if identity.repository:
        yield Entry.text("general.organization", "Fudan University")
        yield Entry.text("general.source.url", _HUB + identity.repository)
    yield Entry.count("general.quantization_version", 2)
    yield Entry.count("general.file_type", int(file_type))
    kind = file_type.name.removeprefix("MOSTLY_").removeprefix("ALL_")
    yield Entry.text("general.quantized_by", f"moss-convert {__version__}")
    yield Entry.text("moss.converter", __version__)
    yield Entry.text("moss.quantization", f"{kind} from {source}")
    yield Entry.text("moss.form", identity.form)
    yield Entry.flag("moss.demo", value=identity.is_demo)
