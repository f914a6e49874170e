"""Which tools other packages bring; nothing of them is imported here."""

from dataclasses import dataclass
from importlib import metadata

from app.plugins.kinds import GROUP


@dataclass(frozen=True, slots=True)
class Extension:
    """An entry point.

    Attributes:
        name: Its name.
        package: The package that brings it, with its version.
        summary: The package's own words, one line; may be empty.
    """

    name: str
    package: str
    summary: str


def installed() -> tuple[Extension, ...]:
    """The entry points of all installed packages; of equal names the first."""
    found: dict[str, Extension] = {}
    for entry in metadata.entry_points(group=GROUP):
        if entry.name not in found and entry.dist is not None:
            package = f"{entry.dist.name} {entry.dist.version}"
            summary = entry.dist.metadata.json.get("summary", "")
            found[entry.name] = Extension(entry.name, package, str(summary))
    return tuple(found.values())
