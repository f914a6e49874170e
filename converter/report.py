"""What `--dry-run` and `inspect` print: tables for people, objects for programs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TypeAlias

from converter.convert import Rehearsal
from converter.progress import readable_size

Json: TypeAlias = "str | float | list[Json] | dict[str, Json] | None"
_NUMERIC = ("parameters", "size", "tensors", "largest error", "mean error")


@dataclass(frozen=True, slots=True)
class TypeUse:
    """What is stored in one type.

    Attributes:
        kind: The type's name.
        tensors: How many.
        parameters: Weights in them.
        size: Bytes of them.
    """

    kind: str
    tensors: int
    parameters: int
    size: int


def by_type(stored: Iterable[tuple[str, int, int]]) -> tuple[TypeUse, ...]:
    """Returns what each type is used for, the largest first.

    Args:
        stored: Type, number of weights and bytes of each tensor.
    """
    uses: dict[str, TypeUse] = {}
    for kind, parameters, size in stored:
        use = uses.get(kind, TypeUse(kind, 0, 0, 0))
        uses[kind] = TypeUse(
            kind, use.tensors + 1, use.parameters + parameters, use.size + size
        )
    return tuple(sorted(uses.values(), key=lambda use: (-use.size, use.kind)))


def types_table(uses: Sequence[TypeUse]) -> str:
    """Returns a table of types."""
    rows = [
        (
            use.kind,
            str(use.tensors),
            readable_count(use.parameters),
            readable_size(use.size),
        )
        for use in uses
    ]
    return table(("type", "tensors", "parameters", "size"), rows)


def types_json(uses: Sequence[TypeUse]) -> list[Json]:
    """Returns the same for programs."""
    return [
        {
            "type": use.kind,
            "tensors": use.tensors,
            "parameters": use.parameters,
            "size": use.size,
        }
        for use in uses
    ]


def plan_text(rehearsal: Rehearsal, target: Path) -> str:
    """Returns what a conversion would do, for people."""
    infos = rehearsal.conversion.contents.tensors
    rows = [
        (
            info.name,
            " × ".join(map(str, info.shape)),
            info.kind.name,
            readable_size(info.size),
        )
        for info in infos
    ]
    uses = by_type((info.kind.name, prod(info.shape), info.size) for info in infos)
    summary = (
        f"{target}: {readable_size(rehearsal.size)}, {rehearsal.conversion.summary}; "
        f"{readable_size(rehearsal.free)} are free. Nothing was written."
    )
    tensors = table(("tensor", "shape", "type", "size"), rows)
    title = rehearsal.conversion.title
    return "\n\n".join([title, tensors, types_table(uses), summary])


def plan_json(rehearsal: Rehearsal, target: Path) -> dict[str, Json]:
    """Returns the same for programs, an object of stage `plan`."""
    return {
        "stage": "plan",
        "message": rehearsal.conversion.title,
        "target": str(target),
        "type": rehearsal.conversion.output_type,
        "size": rehearsal.size,
        "free": rehearsal.free,
        "tensors": [
            {
                "name": info.name,
                "shape": list(info.shape),
                "type": info.kind.name,
                "size": info.size,
            }
            for info in rehearsal.conversion.contents.tensors
        ],
    }


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns columns under their names; numbers stand at the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in (head, *rows):
        cells = [
            cell.rjust(width) if name in _NUMERIC else cell.ljust(width)
            for name, cell, width in zip(head, row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def readable_count(count: int) -> str:
    """Returns a number of parameters as people read it."""
    for unit, exponent in (("B", 9), ("M", 6)):
        if count >= 10**exponent:
            return f"{count / 10**exponent:.2f} {unit}"
    return f"{count:,}"
