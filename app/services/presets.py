"""Which presets there are, and how replies in the open chat are to be written.

A chat keeps a copy of its preset: what is changed later in the list of presets changes
no chat, except the one that is open and has it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from app.domain.generation import ModelInfo
from app.domain.presets import Preset
from app.services.reply import ReplyOptions
from app.services.sampling import sampling_for
from app.store.presets import PresetFile


class PresetArchive(Protocol):
    """Where chats keep theirs; every method may raise `UserError`."""

    def preset(self, conversation_id: str) -> Preset | None:
        """How a chat's replies are written."""

    def set_preset(self, conversation_id: str, preset: Preset | None) -> None:
        """Keeps how a chat's replies are to be written."""


class PresetService:
    """The presets, and the one of the open chat.

    What is chosen holds at once, and then it is written: every method that changes
    something may raise `UserError`, and has its effect nevertheless.

    Args:
        file: Where presets are kept.
        archive: Where chats keep theirs.
    """

    def __init__(self, file: PresetFile, archive: PresetArchive) -> None:
        self._file = file
        self._archive = archive
        self._values = file.load()
        self._chat: str | None = None
        self._current: Preset | None = None

    @property
    def presets(self) -> tuple[Preset, ...]:
        """The user's presets, in their order."""
        return self._values.presets

    @property
    def current(self) -> Preset | None:
        """The open chat's preset; None is the built-in one."""
        return self._current

    def open(self, conversation_id: str | None) -> None:
        """Takes another chat as the open one; None is one that has not begun."""
        self._chat = conversation_id
        self._current = self._values.for_new_chats
        if conversation_id is not None:
            self._current = self._archive.preset(conversation_id)

    def choose(self, preset: Preset | None) -> None:
        """Has the open chat's replies written in another way.

        New chats begin with what was last chosen in a new chat from the list.
        """
        self._current = preset
        if self._chat is not None:
            self._archive.set_preset(self._chat, preset)
        elif preset is None or preset in self.presets:
            name = "" if preset is None else preset.name
            self._values = replace(self._values, new_chats=name)
            self._file.save(self._values)

    def keep(self, presets: Sequence[Preset]) -> None:
        """Takes other presets in the place of those that there are."""
        if tuple(presets) != self.presets:
            self._values = replace(self._values, presets=tuple(presets))
            self._file.save(self._values)


def with_preset(
    options: ReplyOptions, preset: Preset | None, model: ModelInfo | None
) -> ReplyOptions:
    """How a reply is to be written in a chat that has a preset.

    Args:
        options: The rest, with the sampling of the settings.
        preset: The chat's; None is the built-in one.
        model: The model.
    """
    chosen = options.sampling if preset is None else preset.sampling
    told = "" if preset is None else preset.instruction.strip()
    return replace(options, sampling=sampling_for(model, chosen), instruction=told)


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """A name that no other preset has: with a number where that is needed."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} {number}", number + 1
    return name
