"""The settings file: JSON that the user may edit, and that survives what goes wrong.

An entry that does not fit its setting is ignored, so that a damaged line costs one
setting and not all. Entries that this program does not know may be a newer one's, and
stay. Only what differs from its default is written: another default then reaches
everyone who never chose. Several windows may use the file: each writes what it
changed.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.store import writing
from app.store.settings import DECLARATIONS, Settings

_T = TypeVar("_T")
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}
_LARGEST: Final = 1 << 22
"""Bytes; what is larger was not written by hand, nor by this program."""
_BOM: Final = b"\xef\xbb\xbf"
"""What some editors put before UTF-8."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in the file.

    Attributes:
        settings: The settings, each with its default where the file has nothing that
            fits.
        ignored: The names of entries that do not fit.
        unknown: The names of entries that this program does not know.
        broken: Whether it could not be read at all.
    """

    settings: Settings = field(default_factory=Settings)
    ignored: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    broken: bool = False

    @property
    def whole(self) -> bool:
        """Whether everything in it was understood."""
        return not (self.ignored or self.unknown or self.broken)


class SettingsFile:
    """The settings on disk.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        """Reads and writes `path`; neither file nor folder need be there."""
        self.path = path
        self._known = Settings()

    def load(self) -> Settings:
        """The settings, each with its default where the file has nothing that fits."""
        return self.read().settings

    def read(self) -> Reading:
        """The settings, and what was not understood."""
        reading = _reading(self._entries())
        self._known = reading.settings
        return reading

    def save(self, settings: Settings) -> None:
        """Writes what has changed since the file was read or written.

        The file is always either the old one or the new one. Before something that was
        not understood is replaced, the file is copied, see `keep_copy`.

        Raises:
            UserError: `ARCHIVE_READ_ONLY` or `DISK_FULL`; the old file is as it was.
        """
        entries = self._entries()
        before = _reading(entries)
        changed = {
            entry.name: getattr(settings, entry.name)
            for entry in fields(Settings)
            if getattr(settings, entry.name) != getattr(self._known, entry.name)
        }
        new = _written(replace(before.settings, **changed), entries or {})
        text = msgspec.json.format(msgspec.json.encode(new), indent=2) + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if before.ignored or before.broken:
                self.keep_copy()
            writing.replace(self.path, text)
        except OSError as error:
            full = error.errno in _NO_SPACE
            code = ErrorCode.DISK_FULL if full else ErrorCode.ARCHIVE_READ_ONLY
            raise UserError(code, str(error)) from error
        self._known = settings

    def keep_copy(self) -> Path:
        """Copies the file as it is to `….broken`, or `….broken-2` and so on.

        There is one copy of a content, however often this is called.

        Returns:
            The copy.

        Raises:
            OSError: It cannot be read or written.
        """
        content = self.path.read_bytes()
        first = self.path.with_name(f"{self.path.name}.broken")
        others = (first.with_name(f"{first.name}-{number}") for number in count(2))
        return next(copy for copy in chain((first,), others) if _is_copy(copy, content))

    def _entries(self) -> dict[str, Any] | None:
        """All entries of the file; None where it is broken."""
        try:
            if self.path.stat().st_size > _LARGEST:
                return None
            text = self.path.read_bytes().removeprefix(_BOM)
            return msgspec.json.decode(text, type=dict[str, Any])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None


def _reading(entries: dict[str, Any] | None) -> Reading:
    if entries is None:
        return Reading(broken=True)
    ignored: list[str] = []
    settings = _fitting(Settings, entries, ignored)
    for key, declaration in DECLARATIONS.items():
        if not declaration.accepts(getattr(settings, key)):
            ignored.append(key)
            settings = replace(settings, **{key: declaration.default})
    known = {entry.name for entry in fields(Settings)}
    return Reading(settings, tuple(ignored), tuple(sorted(entries.keys() - known)))


def _fitting(kind: type[_T], entries: Mapping[str, Any], ignored: list[str]) -> _T:
    """A value of a dataclass, made of the entries that fit its fields.

    Args:
        kind: The dataclass.
        entries: By the names of its fields.
        ignored: Takes the names of those that do not fit.
    """
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name in (entry.name for entry in fields(kind)):  # type: ignore[arg-type]
        entry = entries.get(name)
        if is_dataclass(hints[name]) and isinstance(entry, dict):
            within: list[str] = []
            values[name] = _fitting(hints[name], entry, within)
            ignored += [f"{name}.{each}" for each in within]
        elif name in entries:
            try:
                values[name] = msgspec.convert(entry, hints[name])
            except msgspec.ValidationError:
                ignored.append(name)
    return kind(**values)


def _written(settings: Settings, old: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a file: these settings, and what of the old one is not ours."""
    default = msgspec.to_builtins(Settings())
    new: dict[str, Any] = {}
    for name, value in msgspec.to_builtins(settings).items():
        if not is_dataclass(getattr(settings, name)):
            if value != default[name] and _is_text(value):
                new[name] = value
        elif parts := _differing(value, default[name], old.get(name)):
            new[name] = parts
    ours = {entry.name for entry in fields(Settings)}
    return new | {name: value for name, value in old.items() if name not in ours}


def _is_text(value: object) -> bool:
    """Whether JSON can hold a value; a file's name may be no Unicode at all."""
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        return False
    return True


def _differing(
    value: Mapping[str, Any], default: Mapping[str, Any], old: object
) -> dict[str, Any]:
    """What of a setting within a setting is to be written."""
    new = {name: part for name, part in value.items() if part != default[name]}
    if isinstance(old, dict):
        new |= {name: part for name, part in old.items() if name not in value}
    return new


def _is_copy(path: Path, content: bytes) -> bool:
    """Whether a file has this content; one that is not there yet gets it."""
    if not path.exists():
        writing.replace(path, content)
    return path.read_bytes() == content
