"""Asks llama.cpp for the tokens of a text and the logits behind them.

llama.cpp runs in a process of its own (`converter.evaluation`), which is this program
started with `--evaluate`. When it dies, that is an error like any other.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

import numpy as np

from converter.errors import EvaluationError
from converter.reference_weights import Floats

EVALUATE = "--evaluate"
"""First argument of the process."""

_FLOAT = 4  # bytes
_LONGEST = 300  # characters of its last words
_REMEDY = "see whether the file opens in MOSS, or check only the tensors (--no-logits)"


def tokenize(model: Path, text: str) -> list[int]:
    """Returns the tokens of a text by a GGUF's own vocabulary.

    Raises:
        EvaluationError: llama.cpp cannot read the file, or cannot be run.
    """
    process = _Process("tokens", model, given=text.encode())
    try:
        ids = np.frombuffer(process.read_all(), np.int32)
    finally:
        process.end()
    return [int(token) for token in ids]


class LogitsReader:
    """The logits of a GGUF behind the tokens of a text, from the first on.

    They are computed while they are read, and those not read yet are in the memory of
    that process only.
    """

    def __init__(
        self,
        model: Path,
        tokens: Sequence[int],
        *,
        vocabulary: int,
        threads: int | None = None,
    ) -> None:
        """Starts the process.

        Args:
            model: The GGUF.
            tokens: The text from its beginning on.
            vocabulary: Logits behind each token.
            threads: How many llama.cpp works on; None for one on each core.

        Raises:
            EvaluationError: It cannot be started.
        """
        options = () if threads is None else ("--threads", str(threads))
        given = np.asarray(tokens, np.int32).tobytes()
        self._process = _Process("logits", model, *options, given=given)
        self._vocabulary = vocabulary

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.end()

    def wait(self) -> None:
        """Waits until there are logits to read.

        Raises:
            EvaluationError: llama.cpp has failed or crashed.
        """
        self._process.wait()

    def read(self, count: int) -> Floats:
        """Returns the logits behind the next tokens, [count, vocabulary].

        Raises:
            EvaluationError: llama.cpp has failed or crashed.
        """
        data = self._process.read(count * self._vocabulary * _FLOAT)
        return np.frombuffer(data, np.float32).reshape(count, self._vocabulary)

    def check_end(self) -> None:
        """Makes sure that nothing is left to read.

        Raises:
            EvaluationError: There are more logits than the vocabulary has tokens.
        """
        self._process.check_end()


class _Process:
    """llama.cpp at work."""

    def __init__(self, what: str, model: Path, *options: str, given: bytes) -> None:
        """Starts it.

        Args:
            what: Second argument.
            model: The GGUF.
            options: Further arguments.
            given: What it reads; less than a pipe holds.
        """
        self._model = model
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by end()
        self._ahead = b""  # was read while waiting
        # libgomp's threads spin before they sleep, and take the processor from others.
        environment = {"GOMP_SPINCOUNT": "1000", **os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- this very program
                [*_program(), EVALUATE, what, str(model.absolute()), *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                cwd=_program_folder(),
                env=environment,
            )
        except OSError as error:
            self._words.close()
            problem = f"cannot be started ({error.strerror})"
            raise self._error(problem) from error
        given_to, self._output = _pipes(self._process)
        # Whether it is still there is noticed when it is read from.
        with contextlib.suppress(OSError), given_to:
            given_to.write(given)

    def wait(self) -> None:
        """Waits until it writes something.

        Raises:
            EvaluationError: It writes nothing.
        """
        self._ahead = self.read(1)

    def read(self, size: int) -> bytes:
        """Returns so many bytes of what it writes.

        Raises:
            EvaluationError: There are fewer.
        """
        data = self._ahead + self._output.read(size - len(self._ahead))
        self._ahead = b""
        if len(data) < size:
            raise self._failure()
        return data

    def read_all(self) -> bytes:
        """Returns everything that it writes.

        Raises:
            EvaluationError: It has failed.
        """
        data = self._output.read()
        if self._process.wait():
            raise self._failure()
        return data

    def check_end(self) -> None:
        """Makes sure that it has written everything and is content.

        Raises:
            EvaluationError: It is not.
        """
        if self._output.read(1) or self._process.wait():
            raise self._failure()

    def end(self) -> None:
        """Ends it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for file in (self._output, self._words):
            file.close()

    def _failure(self) -> EvaluationError:
        self._output.close()
        code = self._process.wait()
        if code < 0:
            return self._error(f"crashed ({signal.Signals(-code).name})")
        self._words.seek(0)
        lines = self._words.read().decode("utf-8", "replace").split("\n")
        words = next(filter(None, map(str.strip, reversed(lines))), "")
        if code == 0:
            words = "it computes another number of logits than there are tokens"
        return self._error(f"failed (exit code {code}: {words:.{_LONGEST}})")

    def _error(self, problem: str) -> EvaluationError:
        return EvaluationError(
            problem=f"llama.cpp {problem}", file=self._model, remedy=_REMEDY
        )


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        message = "a process started with pipes has them"
        raise AssertionError(message)
    return process.stdin, process.stdout


def _program() -> tuple[str, ...]:
    """Returns what starts this program, here and in a frozen build."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "--convert")
    return (sys.executable, "-m", "converter")


def _program_folder() -> Path:
    """Returns where to start it, so that it imports this very program."""
    if getattr(sys, "frozen", False):
        return Path(sys.executable).parent
    return Path(__file__).resolve().parents[1]
