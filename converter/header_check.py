"""Checks a GGUF's header against what a checkpoint's small files say.

What decides about logits and tokens is compared: the architecture, its numbers and the
tokenizer. Names, licences and chat templates are not: they depend on the folder's name
and on who made the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from gguf.constants import GGUFValueType

from converter.findings import Finding
from converter.metadata import Entry
from converter.source import Source
from converter.vocabulary import entries

_ARCHITECTURE = "general.architecture"
_LONGEST = 60  # characters of a value in a message


def check_header(source: Source, header: Mapping[str, Any]) -> Iterator[Finding]:
    """Yields what differs.

    Args:
        source: The checkpoint.
        header: The GGUF's values by key.
    """
    expected = [
        Entry.text(_ARCHITECTURE, source.model.name),
        *source.model.metadata(),
        *entries(source.vocabulary),
    ]
    for entry in expected:
        if entry.key not in header:
            yield Finding(entry.key, "it is missing in the header")
            continue
        problem = _difference(entry, header[entry.key])
        if problem:
            yield Finding(entry.key, problem)
    # One more number, as for scaled positions, would change what is computed.
    known = {entry.key for entry in expected}
    for key, value in header.items():
        if key.startswith(f"{source.model.name}.") and key not in known:
            yield Finding(key, f"it is {_short(value)}, and the checkpoint has no such")


def _difference(entry: Entry, found: object) -> str:
    """Returns how a value differs, or nothing."""
    match entry.value:
        case list() | tuple() if entry.is_array:
            return _array_difference(entry.value, found)
        case int() | float() if entry.kind is GGUFValueType.FLOAT32:
            expected: object = float(np.float32(entry.value))
        case _:
            expected = entry.value
    if type(found) is type(expected) and found == expected:
        return ""
    return f"it is {_short(found)} instead of {_short(expected)}"


def _array_difference(expected: Sequence[object], found: object) -> str:
    if not isinstance(found, list):
        return f"it is {_short(found)} instead of {len(expected)} elements"
    if len(found) != len(expected):
        return f"it has {len(found)} elements instead of {len(expected)}"
    places = [n for n, value in enumerate(expected) if found[n] != value]
    if not places:
        return ""
    first = places[0]
    return (
        f"{len(places)} of {len(found)} elements differ; number {first} is "
        f"{_short(found[first])} instead of {_short(expected[first])}"
    )


def _short(value: object) -> str:
    """Returns a value as it may stand in a message: one line, not too long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
