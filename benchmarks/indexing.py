"""Whether the window stays smooth while documents are indexed, in one run.

What is measured how is in README.md.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app import paths
from app.application import Application
from app.services.documents import DocumentsState
from app.services.observers import ChatState, ModelState, StreamedText
from benchmarks.frames import FRAME, Frames
from benchmarks.idle_loop import IdleLoop
from benchmarks.measure import machine, table
from tests.fakes.document_library import write_library

_QUESTIONS: Final = (
    "What can you do?",
    "What is 37*48?",
    "你好",
    "How do I get the full MOSS?",
    "解方程 2x+3=11",
)
_OF_A_CHAT: Final = 10
"""Questions; then a new chat begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A while of chatting.

    Attributes:
        indexing: Whether documents were indexed meanwhile.
        seconds: How long it was.
        answers: Whole answers.
        characters: Of thoughts, commands and answers, as they were streamed.
        dropped: Frames that could not have been shown in time.
        own: Those of them that the window's own work took, not other processes.
        longest: Between two frames, in seconds.
        longest_own: The same without the time in which others had the processor.
        idle_dropped: Frames that an event loop with nothing to do, another process,
            dropped meanwhile.
        idle_longest: Between two of its frames, in seconds.
    """

    indexing: bool
    seconds: float
    answers: int
    characters: int
    dropped: int
    own: int
    longest: float
    longest_own: float
    idle_dropped: int
    idle_longest: float


class Chatting:
    """Asks one question after the other in the real window.

    Args:
        application: The program, with a model that is ready.
        idle: Shows what the machine itself drops.
    """

    def __init__(self, application: Application, idle: IdleLoop) -> None:
        self._application = application
        self._idle = idle
        self._asked = 0
        self._going = False
        self.characters = 0
        application.bridge.chat_state.connect(self._changed)
        application.bridge.text.connect(self._streamed)

    def span(self, *, indexing: bool, until: Callable[[QEventLoop], object]) -> Span:
        """Chats until an event loop is quit.

        Args:
            indexing: Only said in the result.
            until: Is given the loop and sees to its end.
        """
        loop = QEventLoop()
        frames = Frames()
        asked, self.characters = self._asked, 0
        self._going = True
        self._ask()
        until(loop)
        self._idle.begin()
        frames.begin()
        loop.exec()
        gaps = frames.end()
        machine = self._idle.end()
        self._going = False
        waits = sorted(gap.wall for gap in gaps)
        return Span(
            indexing=indexing,
            seconds=sum(waits),
            answers=self._asked - asked,
            characters=self.characters,
            dropped=sum(gap.dropped for gap in gaps),
            own=sum(gap.own for gap in gaps),
            longest=waits[-1],
            longest_own=max(gap.wall - gap.waited for gap in gaps),
            idle_dropped=machine.dropped,
            idle_longest=machine.longest,
        )

    def _changed(self, state: ChatState) -> None:
        if state is ChatState.IDLE and self._going:
            QTimer.singleShot(0, self._ask)

    def _ask(self) -> None:
        if not self._going or self._application.chat.state is not ChatState.IDLE:
            return
        if self._asked % _OF_A_CHAT == 0:
            self._application.controller.show_chat(None)
        question = _QUESTIONS[self._asked % len(_QUESTIONS)]
        self._asked += 1
        self._application.window.panel.composer.submitted.emit(question)

    def _streamed(self, piece: StreamedText) -> None:
        self.characters += len(piece.text)


def run(library: Path, *, files: int, rounds: int) -> list[Span]:
    """Measures: while documents are indexed, then as long without, and so on.

    The program's own files go to `MOSS_HOME`.
    """
    library.mkdir(parents=True)
    write_library(library, files)
    with _program() as application, IdleLoop() as idle:
        chatting = Chatting(application, idle)
        chatting.span(indexing=False, until=partial(_later, 3))  # warms up
        spans = []
        for _ in range(rounds):
            spans.append(
                chatting.span(
                    indexing=True, until=partial(_indexed, application, library)
                )
            )
            pause = spans[-1].seconds
            spans.append(chatting.span(indexing=False, until=partial(_later, pause)))
        return spans


@contextmanager
def _program() -> Iterator[Application]:
    """The window with its demo model, and the dialog that shows the progress."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    application = Application(qt, paths.find())
    loop = QEventLoop()
    application.bridge.model_state.connect(
        lambda state, _fraction: loop.quit() if state is ModelState.READY else None
    )
    application.start()
    loop.exec()
    application.window.sources_requested.emit()
    yield application
    application.window.close()
    application.close()


def _later(seconds: float, loop: QEventLoop) -> None:
    QTimer.singleShot(round(1000 * seconds), loop.quit)


def _indexed(application: Application, library: Path, loop: QEventLoop) -> None:
    documents = application.documents
    begun: list[bool] = []

    def changed(state: DocumentsState) -> None:
        """A run that another one has replaced ends without being complete."""
        if state.running:
            begun.append(True)
        elif begun and state.report is not None and state.report.complete:
            loop.quit()

    application.bridge.documents.connect(changed)
    if documents.state.folders:
        documents.refresh(anew=True)
    else:
        documents.set_folders([str(library)])


def report(spans: Sequence[Span]) -> str:
    """The spans as a table, then what indexing changes, as ratios."""
    header = ("", "seconds", "answers/s", "characters/s", "dropped frames")
    header += ("of them its own", "longest gap", "of its own")
    header += ("an idle loop", "its longest gap")
    return table(header, map(_row, spans))


def _row(span: Span) -> tuple[str, ...]:
    return (
        "indexing" if span.indexing else "alone",
        f"{span.seconds:.1f}",
        f"{span.answers / span.seconds:.1f}",
        f"{span.characters / span.seconds:.0f}",
        f"{span.dropped} of {span.seconds / FRAME:.0f}",
        f"{span.own}",
        f"{1000 * span.longest:.0f} ms",
        f"{1000 * span.longest_own:.0f} ms",
        f"{span.idle_dropped}",
        f"{1000 * span.idle_longest:.0f} ms",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.indexing",
        description="Measures how smooth the window is while documents are indexed.",
    )
    parser.add_argument("--files", type=int, default=2000, metavar="N")
    parser.add_argument("--rounds", type=int, default=2, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all numbers")
    arguments = parser.parse_args(argv)
    conditions = machine()
    print(", ".join(f"{name}: {value}" for name, value in conditions.items()))
    with tempfile.TemporaryDirectory() as work:
        os.environ["MOSS_HOME"] = f"{work}/home"
        library = Path(work, "papers")
        spans = run(library, files=arguments.files, rounds=arguments.rounds)
    print(f"\n{report(spans)}")
    if arguments.json:
        found = {"conditions": conditions, "spans": [asdict(span) for span in spans]}
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
