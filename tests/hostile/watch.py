"""A process that notes all it does while it converts what it is told to.

`python -m tests.hostile.watch` reads from standard input a JSON list of jobs and prints
a JSON object for each. With `--unpickle` it reads the same pickles with Python's own
`pickle` instead, which shows that the notes would show an attack.
"""

import codecs
import contextlib
import faulthandler
import io
import json
import locale
import os
import pickle
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from converter.__main__ import main

_LIMIT = 60
"""Seconds after which a job hangs."""
_MOST_MEMORY = 2 << 30
"""Bytes of memory of its own that the process gets, for the machine's sake."""
_HARMLESS = {
    "_thread.start_new_thread",
    "builtins.id",
    "fcntl.flock",
    "mmap.__new__",
    "os.listdir",
    "os.scandir",
    "os.truncate",
    "pathlib.Path.glob",
    "sys._getframe",
}
# Loaded by the interpreter when they are first needed.
_CODECS = ("cp437", "unicode_escape", "utf-8-sig")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to do.

    Attributes:
        name: Its name.
        checkpoint: The folder to convert, or the pickle to read.
        target: The file to make.
    """

    name: str
    checkpoint: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of it.

    Attributes:
        name: The job's name.
        code: The exit code.
        output: What was said on standard output.
        errors: What was said on standard error.
        events: What was done that a conversion need not do.
        memory: Bytes of the largest memory in use.
        seconds: How long it took.
    """

    name: str
    code: int
    output: str
    errors: str
    events: Sequence[str]
    memory: int
    seconds: float


class Watch:
    """Notes events of the interpreter while it is on."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self._is_expected: Callable[[str, tuple], bool] | None = None
        sys.addaudithook(self._see)

    @contextlib.contextmanager
    def on(self, is_expected: Callable[[str, tuple], bool]):
        """Notes what is not expected."""
        self.events = []
        self._is_expected = is_expected
        try:
            yield
        finally:
            self._is_expected = None

    def _see(self, event: str, arguments: tuple) -> None:
        is_expected = self._is_expected
        if is_expected is not None and not is_expected(event, arguments):
            self.events.append(f"{event} {arguments!r:.200}")


def _is_needed(job: Job, event: str, arguments: tuple) -> bool:
    """Returns whether reading a checkpoint and writing a GGUF need such an event."""
    checkpoint, target = Path(job.checkpoint), Path(job.target)

    def is_ours(path: str | Path) -> bool:
        """Whether it is the target under a name that it has while it is made."""
        path = Path(path)
        is_part = path.name.startswith(f"{target.name}.part")
        return is_part and path.parent == target.parent

    match event, arguments:
        case "open", (int(), *_):  # which is open already
            return True
        case "open", (str() | Path() as path, _, int(flags)):
            is_read = Path(path).parent in {checkpoint, target.parent.parent}
            return is_ours(path) or (is_read and not flags & _WRITING)
        case "os.remove" | "os.rename" | "os.truncate", (str() | Path() as path, *_):
            return is_ours(path)
        case "ctypes.dlopen" | "ctypes.dlsym", (library, *_):
            return "libggml-base" in str(library)
        case _:
            return event in _HARMLESS


def _convert(job: Job, watch: Watch) -> tuple[int, str, str]:
    output, errors = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
        watch.on(lambda event, arguments: _is_needed(job, event, arguments)),
    ):
        code = main([job.checkpoint, job.target, "--threads", "1"])
    return code, output.getvalue(), errors.getvalue()


class _Unpickler(pickle.Unpickler):
    """Python's own, in a world where torch need not be installed."""

    def find_class(self, module: str, name: str):
        if not f"{module}.".startswith("torch."):
            return super().find_class(module, name)
        sys.audit("pickle.find_class", module, name)
        return _rebuild_from_type if name == "_rebuild_from_type_v2" else _nothing

    def persistent_load(self, pid: object):
        return None


def _rebuild_from_type(function, _type, arguments, _state):
    """What torch's function of this name begins with."""
    return function(*arguments)


def _nothing(*_: object) -> None:
    pass


def _unpickle(job: Job, watch: Watch) -> tuple[int, str, str]:
    data = io.BytesIO(Path(job.checkpoint).read_bytes())
    errors = ""
    with watch.on(lambda *_: False):
        try:
            _Unpickler(data).load()
        except Exception as error:  # noqa: BLE001 -- of whatever the pickle has called
            errors = repr(error)
    return 0, "", errors


def _work() -> None:
    do = _unpickle if "--unpickle" in sys.argv else _convert
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    for name in _CODECS:
        codecs.lookup(name)
    locale.getpreferredencoding()
    watch = Watch()
    for job in [Job(**fields) for fields in json.load(sys.stdin)]:
        _forget_memory()
        faulthandler.dump_traceback_later(_LIMIT, exit=True)
        start = time.monotonic()
        code, output, errors = do(job, watch)
        seconds = time.monotonic() - start
        faulthandler.cancel_dump_traceback_later()
        result = Result(
            name=job.name,
            code=code,
            output=output,
            errors=errors,
            events=watch.events,
            memory=_memory(),
            seconds=seconds,
        )
        sys.stdout.write(json.dumps(asdict(result)) + "\n")


def _forget_memory() -> None:
    """Lets the largest memory in use begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    raise AssertionError


if __name__ == "__main__":
    _work()
