"""What is remembered of models: a small JSON file that the user may edit.

Which models there are, the folders say; here stands what cannot be seen there: where a
model came from, its digests, the name that it was given, when it was used and how fast
it was. An entry that does not fit is left as it is and said; fields that this program
does not know may be a newer one's, and stay. Each change reads the file anew, so that
two windows lose nothing of each other.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.store import writing

NAME: Final = "library.json"
_LARGEST: Final = 1 << 24
"""Bytes; what is larger was not written by hand, nor by this program."""
_MODELS: Final = "models"
_FOLDERS: Final = "folders"
_DEFAULT: Final = "default"
_DAMAGED: Final = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is remembered of a model.

    Attributes:
        name: What the user calls it; empty for its own name.
        ours: Whether this program made the file, or moved it to where it is.
        size: Bytes of its files when they were last seen.
        changed: When they were last written, as `st_mtime_ns`.
        digests: The SHA-256 of each file, when it was made, downloaded or first
            checked; empty where that is not known.
        origin: Where it was downloaded from, such as `fnlp/moss-moon-003-sft-plugin`.
        source: The folder of the checkpoint that it was converted from; it may be gone.
        added: When it came here.
        used: When it was last loaded.
        speeds: Tokens a second of the last replies, the newest last.
        checked: When its files were last compared with the digests, and were the same.
    """

    name: str = ""
    ours: bool = False
    size: int = 0
    changed: int = 0
    digests: tuple[str, ...] = ()
    origin: str = ""
    source: str = ""
    added: datetime | None = None
    used: datetime | None = None
    speeds: tuple[float, ...] = ()
    checked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the file holds.

    Attributes:
        records: What is remembered of each model, by the path that is loaded.
        folders: Folders of models beside that of the program, as the user wrote them.
        default: The path of the model that is loaded at the start; empty for the last.
        problems: What could not be understood: names of entries.
        broken: Whether the file could not be read at all.
    """

    records: Mapping[str, Record] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    default: str = ""
    problems: tuple[str, ...] = ()
    broken: bool = False


class LibraryFile:
    """The file; it need not be there, nor its folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Remembered:
        """What is remembered, as far as it can be understood."""
        entries = self._read()
        if entries is None:
            return Remembered(broken=True)
        problems: list[str] = []
        models = _table(entries, problems)
        records = {path: _record(path, raw, problems) for path, raw in models.items()}
        return Remembered(
            {path: record for path, record in records.items() if record is not None},
            _folders(entries, problems),
            _default(entries, problems),
            tuple(problems),
        )

    def change(self, path: str, change: Callable[[Record], Record]) -> Record:
        """Changes what is remembered of a model.

        Raises:
            UserError: `FILE_NOT_WRITTEN`; what was remembered is as it was.
        """
        entries = self._entries()
        models = self._models(entries)
        raw = models.get(path)
        old = _record(path, raw, []) if raw is not None else Record()
        if old is None:
            # Not a table: it is put aside, so that nothing of it is lost.
            entries.setdefault(_DAMAGED, []).append({path: raw})
            old, raw = Record(), None
        new = change(old)
        models[path] = {**(raw or {}), **_differences(old, new)}
        self._write(entries)
        return new

    def move(self, old: str, new: str) -> None:
        """A model has another path now; what is known there of another is forgotten.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        entries = self._entries()
        models = self._models(entries)
        if old in models:
            models[new] = models.pop(old)
        if entries.get(_DEFAULT) == old:
            entries[_DEFAULT] = new
        self._write(entries)

    def forget(self, path: str) -> None:
        """Removes what is remembered of a model.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        entries = self._entries()
        self._models(entries).pop(path, None)
        self._write(entries)

    def choose(self, default: str) -> None:
        """Says which model is loaded at the start; empty for the one used last.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        entries = self._entries()
        entries[_DEFAULT] = default
        self._write(entries)

    def _entries(self) -> dict[str, Any]:
        """All entries, to be changed; of a broken file, which is kept, none."""
        found = self._read()
        return {} if found is None else found

    def _models(self, entries: dict[str, Any]) -> dict[str, Any]:
        """The table of models, to be changed."""
        models = entries.get(_MODELS)
        if not isinstance(models, dict):
            if models is not None:
                entries.setdefault(_DAMAGED, []).append(models)
            models = {}
            entries[_MODELS] = models
        return models

    def _read(self) -> dict[str, Any] | None:
        """All entries of the file; None where it is broken."""
        try:
            with self._path.open("rb") as file:
                data = file.read(_LARGEST + 1)
        except OSError:
            return {}
        try:
            # Python's own, which keeps names of files that are no Unicode.
            found = json.loads(data.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict) or len(data) > _LARGEST:
            return None
        if not isinstance(found.get(_DAMAGED, []), list):
            found[_DAMAGED] = [found[_DAMAGED]]
        return found

    def _write(self, entries: Mapping[str, Any]) -> None:
        text = json.dumps(entries, indent=2).encode("ascii") + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._read() is None:
                self._path.replace(_free(self._path))
            writing.replace(self._path, text)
        except OSError as error:
            raise UserError(ErrorCode.FILE_NOT_WRITTEN, str(error)) from error


def _table(entries: Mapping[str, Any], problems: list[str]) -> Mapping[str, Any]:
    models = entries.get(_MODELS, {})
    if isinstance(models, dict):
        return models
    problems.append(_MODELS)
    return {}


def _record(path: str, raw: object, problems: list[str]) -> Record | None:
    """An entry, without the fields that do not fit; None where it is no table."""
    if not isinstance(raw, dict):
        problems.append(path)
        return None
    found = Record()
    for name, kind in get_type_hints(Record).items():
        if name not in raw:
            continue
        try:
            value = msgspec.convert(raw[name], kind)
        except msgspec.ValidationError:
            problems.append(f"{path}: {name}")
        else:
            found = replace(found, **{name: value})
    return found


def _folders(entries: Mapping[str, Any], problems: list[str]) -> tuple[str, ...]:
    found = entries.get(_FOLDERS, [])
    if not isinstance(found, list):
        problems.append(_FOLDERS)
        return ()
    texts = tuple(folder for folder in found if isinstance(folder, str) and folder)
    if len(texts) < len(found):
        problems.append(_FOLDERS)
    return texts


def _default(entries: Mapping[str, Any], problems: list[str]) -> str:
    found = entries.get(_DEFAULT, "")
    if isinstance(found, str):
        return found
    problems.append(_DEFAULT)
    return ""


def _differences(old: Record, new: Record) -> dict[str, Any]:
    """The fields that were changed, as JSON has them."""
    names = (each.name for each in fields(Record))
    changed = {
        name: getattr(new, name)
        for name in names
        if getattr(new, name) != getattr(old, name)
    }
    found: dict[str, Any] = msgspec.to_builtins(changed)
    return found


def _free(path: Path) -> Path:
    """A name beside a broken file for keeping it, which nothing has yet."""
    number, name = 1, path.with_name(f"{path.name}.broken")
    while name.exists():
        number += 1
        name = path.with_name(f"{path.name}.broken-{number}")
    return name
