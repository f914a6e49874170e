"""The settings file: a few values that the user chose, as JSON.

Each setting is declared once, as a field of `Settings` with its type and default. An
entry that does not fit its type is ignored, so that a damaged line costs one setting
and not all; entries of a newer program are kept when the file is written.
"""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling
from app.domain.permissions import Permission
from app.domain.tools import Tool

_T = TypeVar("_T")
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}


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


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose.

    Attributes:
        language: The language of the user interface.
        theme: Its colours.
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

    language: Language = Language.SYSTEM
    theme: Theme = Theme.SYSTEM
    tools: frozenset[Tool] = frozenset({Tool.CALCULATE, Tool.SOLVE})
    permissions: Mapping[str, Permission] = field(default_factory=dict)
    tool_values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sampling: Sampling = field(default_factory=Sampling)
    model_path: str = ""
    closed_folders: frozenset[str] = frozenset()
    window_geometry: str = ""


class SettingsFile:
    """The settings on disk."""

    def __init__(self, path: Path) -> None:
        """Reads and writes `path`; neither file nor folder need be there."""
        self._path = path

    def load(self) -> Settings:
        """The settings, each with its default where the file has nothing that fits."""
        return _fitting(Settings, self._entries())

    def save(self, settings: Settings) -> None:
        """Writes the settings; the file is always either the old one or the new one.

        A file that was not readable at all is kept beside it as `….broken`.

        Raises:
            UserError: `ARCHIVE_READ_ONLY` or `DISK_FULL`; the old file is as it was.
        """
        entries = _merged(self._entries(), msgspec.to_builtins(settings))
        text = msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._keep_broken()
            _replace(self._path, text)
        except OSError as error:
            full = error.errno in _NO_SPACE
            code = ErrorCode.DISK_FULL if full else ErrorCode.ARCHIVE_READ_ONLY
            raise UserError(code, str(error)) from error

    def _entries(self) -> dict[str, Any]:
        """All entries of the file; none where there is no such file."""
        return self._read() or {}

    def _read(self) -> dict[str, Any] | None:
        """All entries of the file; None where it is broken."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Any])
        except OSError:
            return {}
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def _keep_broken(self) -> None:
        if self._read() is None:
            self._path.replace(self._path.with_name(f"{self._path.name}.broken"))


def _fitting(kind: type[_T], entries: Mapping[str, Any]) -> _T:
    """A value of a dataclass, made of the entries that fit its fields."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name in (entry.name for entry in fields(kind)):  # type: ignore[arg-type]
        entry = entries.get(name)
        if is_dataclass(hints[name]) and isinstance(entry, dict):
            values[name] = _fitting(hints[name], entry)
        elif name in entries:
            try:
                values[name] = msgspec.convert(entry, hints[name])
            except msgspec.ValidationError:
                continue
    return kind(**values)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The new entries, and the old ones that this program does not know."""
    merged = {**old, **new}
    for name, value in new.items():
        before = old.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[name] = _merged(before, value)
    return merged


def _replace(path: Path, content: bytes) -> None:
    """Puts `content` in the place of a file in one step."""
    with NamedTemporaryFile(
        dir=path.parent, prefix=f"{path.name}.", suffix=".new", delete=False
    ) as file:
        new = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            new.replace(path)
        except BaseException:
            file.close()
            new.unlink(missing_ok=True)
            raise
