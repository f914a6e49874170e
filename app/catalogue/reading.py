"""Catalogue files: the one that ships, and the user's own, which goes over it.

A file is TOML with a table `[[model]]` for each `Entry`. The user's file may hold whole
entries or, under the id of a known one, only what is to be different. An entry that
does not fit is said and skipped; the others hold.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from app.catalogue.entries import Catalogue, Entry, Problem
from app.catalogue.naming import is_repository

NAME: Final = "catalogue.toml"
_MOST_BYTES: Final = 1024 * 1024
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,95}")

_Fields = dict[str, Any]


def load(shipped: Path, own: Path) -> Catalogue:
    """Reads both files.

    Args:
        shipped: The file that ships.
        own: The user's; it need not be there.
    """
    problems: list[Problem] = []
    known: dict[str, _Fields] = {}
    entries: dict[str, Entry] = {}
    for file in (shipped, own):
        for name, fields in _tables(file, problems):
            merged = {**known.get(name, {}), **fields}
            try:
                entry = _entry(merged)
            except ValueError as error:
                problems.append(Problem(str(file), name, str(error)))
                continue
            known[name], entries[name] = merged, entry
    visible = (entry for entry in entries.values() if not entry.hidden)
    return Catalogue(tuple(visible), tuple(problems))


def _tables(file: Path, problems: list[Problem]) -> Iterator[tuple[str, _Fields]]:
    """The entries of a file as they stand there, by id."""
    try:
        text = _text(file)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        problems.append(Problem(str(file), "", str(error)))
        return
    try:
        tables = tomllib.loads(text).get("model", [])
    except (ValueError, RecursionError) as error:
        problems.append(Problem(str(file), "", str(error)))
        return
    if not isinstance(tables, list):
        problems.append(Problem(str(file), "", "model is no array of tables"))
        return
    for number, table in enumerate(tables, 1):
        name = table.get("id") if isinstance(table, Mapping) else None
        if isinstance(name, str) and _ID.fullmatch(name):
            yield name, dict(table)
        else:
            problems.append(Problem(str(file), str(number), "no id, or none that fits"))


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        message = f"more than {_MOST_BYTES} bytes"
        raise ValueError(message)
    return data.decode("utf-8-sig")


def _entry(fields: _Fields) -> Entry:
    """An entry whose values make sense.

    Raises:
        ValueError: They do not; says which.
    """
    entry = msgspec.convert(fields, Entry)
    if not entry.hugging_face and not entry.modelscope:
        message = "neither hugging_face nor modelscope says where it is"
        raise ValueError(message)
    for name in (entry.hugging_face, entry.modelscope):
        if name and not is_repository(name):
            message = f"{name} is no OWNER/NAME"
            raise ValueError(message)
    if entry.size <= 0 or entry.parameters <= 0 or entry.bits <= 0:
        message = "size, parameters and bits have to be greater than zero"
        raise ValueError(message)
    return entry
