"""`moss self-test`: whether every part of this copy of the program works.

For a package on a computer where nothing else is installed: each child process is
started and does something that needs its libraries. Chats, models and settings of the
user are not touched. Standard output has a line for each part.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app import children
from app.children import Child
from app.cli.output import speak_utf8
from app.cli.session import Session
from app.domain.conversation import MessageState
from app.domain.errors import UserError
from app.domain.tools import ToolState
from app.engine.client import EngineClient, command_line
from app.paths import Paths, program_folder
from app.plugins.api import ToolError
from app.plugins.client import ToolClient
from app.plugins.documents import command as indexer, messages as documents
from app.plugins.kinds import Kind, command_line as tool_command_line
from app.plugins.messages import Prepare
from app.typesetting import messages as typesetting

_QUESTION: Final = "What is 37*48?"
_ANSWER: Final = "1776"
_FORMULA: Final = r"\frac{1}{2} \sum_{k=1}^{n} k^2"
_TRIES: Final = 2
"""Of a question to an engine that was killed: the first may find it gone."""
_SECONDS: Final = 300.0


class _BrokenError(Exception):
    """A part does not do what it should; says what it did."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the test happens.

    Attributes:
        paths: Those of a user who has nothing yet.
        folder: For files.
    """

    paths: Paths
    folder: Path

    @property
    def demo(self) -> Path:
        """The demo model, once it is converted."""
        return next(self.paths.models.glob("*.gguf"), self.paths.models)


def self_test(paths: Paths) -> int:
    """Tries every part and prints how it went.

    Returns:
        The exit code: 1 when a part does not work.
    """
    speak_utf8()
    with TemporaryDirectory(prefix="moss-") as name:
        folder = Path(name)
        home = folder / "家 é"
        own = replace(paths, data=home, config=home, cache=home)
        place = _Place(own, folder)
        passed = [_passes(title, part, place) for title, part in _PARTS]
    return 0 if all(passed) else 1


def _passes(title: str, part: Callable[[_Place], str], place: _Place) -> bool:
    began = time.monotonic()
    try:
        said = part(place)
    except (_BrokenError, UserError, ToolError, OSError) as error:
        print(f"FAILED  {title}: {error}", flush=True)
        return False
    seconds = time.monotonic() - began
    print(f"ok      {title}{said and ': '}{said} ({seconds:.1f} s)", flush=True)
    return True


def _devices(place: _Place) -> str:
    with EngineClient(command_line(modules=place.paths.modules)) as engine:
        hello = engine.receive()
    devices = getattr(hello, "devices", ())
    if not devices:
        message = "there is none, not even the processor"
        raise _BrokenError(message)
    return ", ".join(device.description or device.name for device in devices)


def _chat(place: _Place) -> str:
    with _session(place) as session:
        _ask(session)
    return _ANSWER


def _killed_engine(place: _Place) -> str:
    with _session(place) as session:
        first = session.engine.process_id
        os.kill(first, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        _ask(session, tries=_TRIES)
        if session.engine.process_id in {0, first}:
            message = "the engine was not killed"
            raise _BrokenError(message)
    return "replaced"


@contextmanager
def _session(place: _Place) -> Iterator[Session]:
    session = Session.open(place.paths, archive=place.paths.archive, quiet=True)
    try:
        if not session.load(None):
            message = "no model could be loaded"
            raise _BrokenError(message)
        yield session
    finally:
        session.close()


def _ask(session: Session, *, tries: int = 1) -> None:
    """Asks for a sum, which the demo gives to the calculator."""
    said = ""
    for _ in range(tries):
        reply = session.ask(_QUESTION)
        if reply is not None and reply.state is MessageState.COMPLETE:
            computed = any(call.state is ToolState.DONE for call in reply.calls)
            if computed and _ANSWER in reply.text:
                return
        said = "" if reply is None else f"{reply.state.value}: {reply.text!r}"
    raise _BrokenError(said or "no answer")


def _verify(place: _Place) -> str:
    paths = str(place.paths.demo_checkpoint), str(place.demo)
    options = ("--tokens", "16", "--progress", "none")
    _run(children.command_line(Child.CONVERTER, "verify", *paths, *options))
    return ""


def _formula(_place: _Place) -> str:
    request = typesetting.encode(typesetting.Formula(1, _FORMULA, display=True))
    said = _run(children.command_line(Child.TYPESETTING), request)
    if not typesetting.decode_typeset(said).svg:
        message = "the formula was not set"
        raise _BrokenError(message)
    return ""


def _tools(place: _Place) -> str:
    prepare = Prepare({}, str(place.paths.tools), str(place.paths.pictures))
    names: list[str] = []
    for kind in Kind:
        with ToolClient(tool_command_line(kind), prepare=prepare) as client:
            names += [offer.name for offer in client.offers()]
    return ", ".join(names)


def _documents(place: _Place) -> str:
    texts = place.folder / "文 texts"
    texts.mkdir()
    (texts / "moss.txt").write_text("Moss grows on stones. 苔藓", encoding="utf-8")
    command = indexer.command_line(place.folder / "index.sqlite3")
    with subprocess.Popen(  # noqa: S603 -- our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=program_folder()
    ) as child:
        if child.stdin is None or child.stdout is None:
            message = "a process started with pipes has them"
            raise AssertionError(message)
        child.stdin.write(documents.encode(documents.Job([str(texts)])))
        child.stdin.flush()
        events = [documents.decode_event(line) for line in child.stdout]
    report = events[-1] if events else None
    if not isinstance(report, documents.Report) or report.files != 1 or report.problems:
        raise _BrokenError(report)
    return ""


def _run(command: tuple[str, ...], given: bytes = b"") -> bytes:
    """What a child writes; it must end well."""
    done = subprocess.run(  # noqa: S603 -- our own program
        command,
        input=given,
        capture_output=True,
        cwd=program_folder(),
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise _BrokenError(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


_PARTS: Final[tuple[tuple[str, Callable[[_Place], str]], ...]] = (
    ("devices", _devices),
    ("the demo is converted and answers by the calculator", _chat),
    ("an engine that was killed", _killed_engine),
    ("the converted demo is what its checkpoint makes", _verify),
    ("formulas", _formula),
    ("tools", _tools),
    ("documents are read and indexed", _documents),
)
