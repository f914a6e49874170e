"""What the user chose: every setting, declared once.

A setting is a field of `Settings`: its name is its key in the file, its type and its
default are the field's, and `shown` says the rest. Values only; `settings_file` reads
and writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Final

from app.domain.generation import Sampling
from app.domain.hardware import KvType
from app.domain.permissions import Permission
from app.domain.tools import Tool
from app.store.declaring import (
    Bounds,
    Declaration,
    Effect,
    Form,
    Section,
    Unit,
    declarations_of,
    shown,
)


class Language(StrEnum):
    """The language of the user interface."""

    SYSTEM = "system"
    ENGLISH = "en"
    CHINESE = "zh_CN"


class Theme(StrEnum):
    """The colours of the user interface."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Mirror(StrEnum):
    """Where models are downloaded from."""

    HUGGING_FACE = "huggingface"
    HF_MIRROR = "hf_mirror"
    MODELSCOPE = "modelscope"


_hardware = partial(shown, Section.HARDWARE, effect=Effect.LOADING)
_advanced = partial(shown, Section.ADVANCED, effect=Effect.LOADING)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose.

    Attributes:
        language: The language of the user interface.
        load_at_start: Whether a model is loaded when the program starts.
        theme: Its colours.
        zoom: The size of all text, in percent of the system's.
        compact: Whether there is less space between things.
        reduced_motion: Whether nothing moves by itself.
        gpu_layers: Layers on graphics cards, the output being one; None for as many as
            fit.
        card_parts: Parts of these layers for each card, in the engine's order; empty
            for what fits.
        threads: Processor threads; None lets the engine choose.
        kv_type: How keys and values are stored; None lets the engine choose.
        context: Tokens of the context window; None for what the model was trained on.
        network: Whether anything may be sent to other computers.
        mirror: Where models are downloaded from.
        hub_address: A server that speaks Hugging Face's interface and takes the
            mirror's place; empty for none.
        download_rate: KiB a second that all downloads together may take; 0 for all.
        models_folder: Where models are put; empty for the program's own folder.
        state_gigabytes: GiB for what models have read of chats; 0 for none.
        trash_days: How long deleted chats lie in the trash.
        backups_kept: How many daily copies of the chats are kept.
        batch: Tokens evaluated in one call; None lets the engine choose.
        mapped: Whether the model's file is mapped instead of read; None lets the
            engine choose.
        speculation: Whether tokens are drafted; None for where it changes nothing.
        tools: The tools that are switched on for new chats.
        permissions: What the user decided of tools, by their names (see
            `app.plugins.manager`).
        tool_values: The settings of tools, by their names.
        sampling: How tokens are chosen.
        model_path: The GGUF file that was loaded last; empty before the first.
        closed_folders: Folders in the list of chats whose chats are hidden.
        window_geometry: The window's place, in Qt's own form as base64; empty before
            the first start.
    """

    language: Language = field(default=Language.SYSTEM, metadata=shown(Section.GENERAL))
    load_at_start: bool = field(
        default=True, metadata=shown(Section.GENERAL, effect=Effect.START)
    )

    theme: Theme = field(default=Theme.SYSTEM, metadata=shown(Section.APPEARANCE))
    zoom: int = field(
        default=100,
        metadata=shown(
            Section.APPEARANCE,
            bounds=Bounds(low=60, high=300, step=10, unit=Unit.PERCENT),
        ),
    )
    compact: bool = field(default=False, metadata=shown(Section.APPEARANCE))
    reduced_motion: bool = field(default=False, metadata=shown(Section.APPEARANCE))

    gpu_layers: int | None = field(
        default=None, metadata=_hardware(form=Form.LAYERS, bounds=Bounds(high=999))
    )
    card_parts: tuple[float, ...] = field(
        default=(), metadata=_hardware(bounds=Bounds(high=1000))
    )
    threads: int | None = field(
        default=None, metadata=_hardware(bounds=Bounds(low=1, high=1024))
    )
    context: int | None = field(
        default=None,
        metadata=_hardware(
            bounds=Bounds(low=256, high=1 << 20, step=256, unit=Unit.TOKENS)
        ),
    )
    kv_type: KvType | None = field(default=None, metadata=_hardware())

    network: bool = field(default=True, metadata=shown(Section.NETWORK))
    mirror: Mirror = field(default=Mirror.HUGGING_FACE, metadata=shown(Section.NETWORK))
    hub_address: str = field(
        default="", metadata=shown(Section.NETWORK, form=Form.ADDRESS)
    )
    download_rate: int = field(
        default=0,
        metadata=shown(
            Section.NETWORK,
            bounds=Bounds(high=10_000_000, step=512, unit=Unit.KILOBYTES_A_SECOND),
        ),
    )

    models_folder: str = field(
        default="",
        metadata=shown(Section.DATA, effect=Effect.START, form=Form.FOLDER),
    )
    state_gigabytes: int = field(
        default=4,
        metadata=shown(
            Section.DATA,
            effect=Effect.LOADING,
            bounds=Bounds(high=1000, unit=Unit.GIGABYTES),
        ),
    )
    trash_days: int = field(
        default=30,
        metadata=shown(Section.DATA, bounds=Bounds(low=1, high=3650, unit=Unit.DAYS)),
    )
    backups_kept: int = field(
        default=7, metadata=shown(Section.DATA, bounds=Bounds(low=1, high=365))
    )

    batch: int | None = field(
        default=None,
        metadata=_advanced(bounds=Bounds(low=32, high=4096, step=32, unit=Unit.TOKENS)),
    )
    mapped: bool | None = field(default=None, metadata=_advanced())
    speculation: bool | None = field(default=None, metadata=_advanced())

    tools: frozenset[Tool] = frozenset({Tool.CALCULATE, Tool.SOLVE})
    permissions: Mapping[str, Permission] = field(default_factory=dict)
    tool_values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sampling: Sampling = field(default_factory=Sampling)
    model_path: str = ""
    closed_folders: frozenset[str] = frozenset()
    window_geometry: str = ""


DECLARATIONS: Final[Mapping[str, Declaration]] = {
    each.key: each for each in declarations_of(Settings)
}
"""The settings that the user can find, by their keys, in the order they are shown."""
