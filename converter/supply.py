"""The weights of one conversion: they come in file by file, and go again."""

from collections.abc import Container
from pathlib import Path

from converter.checkpoint import read_weights
from converter.errors import CheckpointError
from converter.intake import Ready
from converter.journal import History
from converter.plan import Weights, survey
from converter.progress import Reporter
from converter.shards import Shards
from converter.source import Source


class Supply:
    """What has arrived of a checkpoint's weights and is not written yet."""

    def __init__(self, source: Source, shards: Shards, *, reporter: Reporter) -> None:
        """Takes nothing in yet.

        Args:
            source: The checkpoint.
            shards: Where its weight files come from.
            reporter: Is told which files are waited for and which are used up.
        """
        self._folder = source.folder
        self._shards = shards
        self._reporter = reporter
        self._intake = source.intake()
        self._arrivals = shards.arrivals()
        self._files: set[Path] = set()
        self._ready: list[Ready] = []

    def survey(self, history: History | None) -> Weights:
        """Takes in as much as has to be known before the output can be begun.

        That is all that is there. Of a download it is the first file, unless the type
        of each tensor depends on its data, as with GPTQ, or a stopped conversion knows.

        Args:
            history: What a stopped conversion has noted.

        Raises:
            ConversionError: A file is missing or damaged, or a tensor is.
        """
        if self._shards.are_kept:
            for file in self._arrivals:
                self._take(file)
            self._intake.check_complete()
            return survey(self._ready)
        index = self._shards.index
        if index is None or self._intake.has_parts(index):
            while not self._intake.is_complete:
                self.wait()
            self._intake.check_complete()
            return survey(self._ready)
        self._intake.check_names(index)
        if history is not None:
            return Weights(number_types=history.number_types)
        self.wait()
        return survey(self._ready)

    def hand_out(self) -> list[Ready]:
        """Returns what has become ready since the last time, and forgets it."""
        ready, self._ready = self._ready, []
        return ready

    def wait(self, done: Container[str] = ()) -> None:
        """Takes in the next file of a download.

        Args:
            done: Names of the tensors of the GGUF that need no weights any more.

        Raises:
            ConversionError: No more comes, or the file is damaged.
        """
        index = self._shards.index or {}
        missing = self._intake.missing(done)
        files = {index[name] for name in missing if name in index}
        self._reporter.waited(sorted(files))
        file = next(self._arrivals, None)
        if file is None:
            raise CheckpointError(
                problem="not all weight files have arrived",
                file=self._folder,
                remedy="start again with the rest, and it goes on from here",
            )
        self._take(file)

    def check_unused(self) -> None:
        """Makes sure that nothing has arrived that was not handed out.

        Raises:
            TensorError: Something has.
        """
        self._intake.check_unused()

    def use_up(self) -> None:
        """Says of each file whose tensors were all handed out that it may go.

        By now nothing may hold on to them, or a deleted file would keep its space.
        """
        for file in sorted(self._files - self._intake.unused()):
            self._files.remove(file)
            self._shards.use_up(file)
            if not self._shards.are_kept:
                self._reporter.used(file.name)

    def origin(self, found: Ready) -> str:
        """Returns what tells whether a tensor is made of the same bytes as once before.

        A file in a folder may have been replaced meanwhile. A file that is downloaded
        again has another time but, as its origin promises, the same contents.
        """
        states = ((file.name, file.stat()) for file in found.files)
        return ", ".join(
            f"{name} {state.st_size} {state.st_mtime_ns * self._shards.are_kept}"
            for name, state in states
        )

    def _take(self, file: Path) -> None:
        self._intake.add(read_weights(file).values())
        self._files.add(file)
        self._ready.extend(self._intake.ready())
