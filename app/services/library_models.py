"""Models of this computer as lists show them: values only."""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from statistics import median

from app.catalogue.found_places import Program
from app.catalogue.library_trash import Deleted
from app.catalogue.model_files import ModelFiles
from app.domain.errors import UserError
from app.services.library_facts import ModelFacts
from app.store.library_file import Record


class Owner(Enum):
    """Whose file a model is."""

    PROGRAM = auto()
    """Ours: it lies in a folder of models."""
    USER = auto()
    """The user's: it was opened from where it lies."""
    OTHER = auto()
    """Another program's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model on this computer.

    Attributes:
        files: Its files; those of one that is gone are where they were.
        owner: Whose it is.
        program: The other program whose it is; None for all others.
        facts: What it says of itself; None where it cannot be read.
        problem: Why it cannot be used; None where it can.
        record: What is remembered of it.
        is_default: Whether it is loaded at the start.
    """

    files: ModelFiles
    owner: Owner
    program: Program | None = None
    facts: ModelFacts | None = None
    problem: UserError | None = None
    record: Record
    is_default: bool = False

    @property
    def path(self) -> Path:
        """The file that is loaded."""
        return self.files.path

    @property
    def title(self) -> str:
        """What it is called: the user's name for it, or the folder's.

        The name of the demo's file is a digest, so that its own is better.
        """
        demo = self.facts.name if self.facts and self.facts.demo else ""
        return self.record.name or demo or self.files.name

    @property
    def speed(self) -> float:
        """Tokens a second of the last replies, the one in the middle; 0 for none."""
        return median(self.record.speeds) if self.record.speeds else 0.0

    @property
    def digests(self) -> tuple[str, ...]:
        """The SHA-256 that each file should have; empty where none is known."""
        if self.record.digests:
            return self.record.digests
        return (self.files.digest,) if self.files.digest else ()


@dataclass(frozen=True, slots=True)
class Listing:
    """All models.

    Attributes:
        models: Ours first, then the user's, then those of other programs; by title.
        deleted: What is in the trash, the last deleted first.
        problems: Entries of the library's file that could not be understood.
        broken: Whether that file could not be read at all; it is kept.
    """

    models: tuple[Model, ...]
    deleted: tuple[Deleted, ...] = ()
    problems: tuple[str, ...] = ()
    broken: bool = False
