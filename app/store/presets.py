"""The user's presets: a JSON file of their own beside the settings.

    {"presets": [{"name": "…", "instruction": "…", "sampling": {…}}], "new_chats": "…"}

A preset that does not fit is passed over and stays in the file; what a newer program
has written of one that does is kept when the file is written.
"""

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.domain.presets import Preset
from app.store import writing

_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Presets:
    """What the file holds.

    Attributes:
        presets: The user's presets, in their order; every name is there once.
        new_chats: The name of the preset that new chats begin with; empty for the
            built-in one.
    """

    presets: tuple[Preset, ...] = ()
    new_chats: str = ""

    @property
    def for_new_chats(self) -> Preset | None:
        """The preset that new chats begin with; None for the built-in one."""
        return next(
            (each for each in self.presets if each.name == self.new_chats), None
        )


class PresetFile:
    """The presets on disk."""

    def __init__(self, path: Path) -> None:
        """Reads and writes `path`; neither file nor folder need be there."""
        self._path = path

    def load(self) -> Presets:
        """The presets that can be read."""
        entries = self._entries() or {}
        found: dict[str, Preset] = {}
        for raw in _list(entries):
            preset = _preset(raw)
            if preset is not None:
                found.setdefault(preset.name, preset)
        name = entries.get("new_chats")
        return Presets(tuple(found.values()), name if isinstance(name, str) else "")

    def save(self, values: Presets) -> None:
        """Writes the presets; the file is always either the old one or the new one.

        A file that was not readable at all is kept beside it as `….broken`.

        Raises:
            UserError: `ARCHIVE_READ_ONLY` or `DISK_FULL`; the old file is as it was.
        """
        old = self._entries()
        raws = _list(old or {})
        known = {p.name: raw for raw in raws if (p := _preset(raw)) is not None}
        entries = {
            **(old or {}),
            "presets": [
                *(_merged(known.get(p.name, {}), p) for p in values.presets),
                *(raw for raw in raws if _preset(raw) is None),
            ],
            "new_chats": values.new_chats,
        }
        text = msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if old is None:
                self._path.replace(self._path.with_name(f"{self._path.name}.broken"))
            writing.replace(self._path, text)
        except OSError as error:
            full = error.errno in _NO_SPACE
            code = ErrorCode.DISK_FULL if full else ErrorCode.ARCHIVE_READ_ONLY
            raise UserError(code, str(error)) from error

    def _entries(self) -> dict[str, Any] | None:
        """All entries of the file; None where it is broken."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Any])
        except OSError:
            return {}
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None


def _list(entries: Mapping[str, Any]) -> Sequence[Any]:
    raws = entries.get("presets")
    return raws if isinstance(raws, list) else []


def _preset(raw: object) -> Preset | None:
    """An entry as a preset; None where it is something else, or has no name."""
    try:
        preset = msgspec.convert(raw, Preset)
    except msgspec.ValidationError:
        return None
    return preset if preset.name else None


def _merged(old: Mapping[str, Any], preset: Preset) -> dict[str, Any]:
    """An entry, with what stood there before and is not known here."""
    new = msgspec.to_builtins(preset)
    sampling = {**old.get("sampling", {}), **new["sampling"]}
    return {**old, **new, "sampling": sampling}
