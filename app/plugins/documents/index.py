"""What the indexer keeps: files, their passages, and what is wrong with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app.plugins.documents import database
from app.plugins.documents.analysis import spaced
from app.plugins.documents.database import Database, Row
from app.plugins.documents.values import JOINT, Passage, Problem

_FILES: Final = "SELECT path, size, modified, hash, problem, detail FROM files"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when it was read.

    Attributes:
        path: Absolute.
        size: Bytes.
        modified: Nanoseconds.
        hash: Of its content; empty where it could not be opened.
        problem: What was wrong with it.
        detail: What the library said of that.
    """

    path: str
    size: int
    modified: int
    hash: bytes = b""
    problem: Problem | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is: files with text, and passages."""

    files: int
    passages: int


class DocumentIndex:
    """The index, open for writing; a context manager.

    What is changed is in a transaction that `commit` ends.

    Every method raises `UserError` when the file cannot be written.

    Args:
        opened: The index's file, or one in memory; is closed with this.
    """

    def __init__(self, opened: Database) -> None:
        self._database = opened

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the index in a file; a new one where there is none that can be used.

        Raises:
            UserError: It cannot be written.
        """
        return cls(database.open_for_writing(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def known(self) -> dict[str, FileState]:
        """All files by their paths."""
        return {row[0]: _state(row) for row in self._database.rows(_FILES)}

    def put(self, state: FileState, passages: Iterable[Passage], title: str) -> None:
        """Takes a file's present state and text in the place of its last.

        Args:
            state: Path, size, time and the like.
            passages: In their order.
            title: What the file is called, to be found by that too.
        """
        self._database.begin()
        self._forget(state.path)
        run = self._database.run
        file = run(
            "INSERT INTO files (path, size, modified, hash, problem, detail)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            state.path,
            state.size,
            state.modified,
            state.hash,
            state.problem or "",
            state.detail,
        )
        for passage in passages:
            heading = JOINT.join(filter(None, (title, passage.place.heading)))
            row = run(
                "INSERT INTO passages (text, heading) VALUES (?, ?)",
                spaced(passage.text),
                spaced(heading),
            )
            run(
                "INSERT INTO places (id, file, page, line) VALUES (?, ?, ?, ?)",
                row,
                file,
                passage.place.page,
                passage.place.line,
            )

    def touch(self, state: FileState) -> None:
        """Notes that a file was written again with the same content."""
        self._database.begin()
        self._database.run(
            "UPDATE files SET size = ?, modified = ? WHERE path = ?",
            state.size,
            state.modified,
            state.path,
        )

    def drop(self, path: str) -> None:
        """Forgets a file."""
        self._database.begin()
        self._forget(path)

    def commit(self) -> None:
        """Keeps what was changed."""
        self._database.commit()

    def tidy(self) -> None:
        """Leaves nothing of dropped files behind, and questions quick."""
        self.commit()
        self._database.run("INSERT INTO passages (passages) VALUES ('optimize')")
        self._database.run("VACUUM")
        self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def counts(self) -> Counts:
        """How much there is."""
        return Counts(
            self._database.number("SELECT count(DISTINCT file) FROM places"),
            self._database.number("SELECT count(*) FROM places"),
        )

    def problems(self) -> list[FileState]:
        """Files with a problem, by path."""
        rows = self._database.rows(f"{_FILES} WHERE problem != '' ORDER BY path")
        return [_state(row) for row in rows]

    def _forget(self, path: str) -> None:
        run = self._database.run
        for (file,) in self._database.rows("SELECT id FROM files WHERE path = ?", path):
            run(
                "DELETE FROM passages WHERE rowid IN"
                " (SELECT id FROM places WHERE file = ?)",
                file,
            )
            run("DELETE FROM places WHERE file = ?", file)
            run("DELETE FROM files WHERE id = ?", file)


def _state(row: Row) -> FileState:
    path, size, modified, digest, problem, detail = row
    known = Problem(problem) if problem in tuple(Problem) else None
    return FileState(path, size, modified, digest, known, detail)
