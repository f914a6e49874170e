"""Chats to files and from files, from the window's menus.

One chat a step, between two pictures of the screen, so that the window stays alive.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QObject, QStandardPaths, QTimer
from PySide6.QtWidgets import QFileDialog

from app.domain.errors import UserError
from app.interchange.labels import Labels
from app.services.exchange import Exchange, Exported, Format, Imported
from app.services.exchange_words import (
    exported_phrases,
    finding_phrase,
    imported_phrases,
)
from app.services.words import SENTENCES, Phrase
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.sidebar.chat_menu import ChatAction
from app.ui.words import say

_FINDINGS_SHOWN: Final = 5
Done = TypeVar("Done", Exported, Imported)


class ChatExchange(QObject):
    """Exports and imports.

    Args:
        window: Asks for it, and says what came of it.
        bridge: Takes what could not be done.
        exchange: Does it.
    """

    def __init__(
        self, *, window: MainWindow, bridge: Bridge, exchange: Exchange
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._exchange = exchange
        self._steps: Generator[Callable[[], Iterable[Phrase]]] | None = None
        self._last: Callable[[], Iterable[Phrase]] = tuple
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._step)
        window.export_requested.connect(self.ask_for_export)
        window.import_requested.connect(self._ask_for_import)
        window.closing.connect(self.give_up)
        window.sidebar.add_action(
            ChatAction(lambda: self.tr("Export…"), self.ask_for_export)
        )

    @property
    def running(self) -> bool:
        """Whether an export or import is under way."""
        return self._steps is not None

    def ask_for_export(self, ids: Sequence[str] | None = None) -> None:
        """Asks for a file, and writes chats into it; None is all of them."""
        kinds = {f"{self._name(kind)} (*{kind.ending})": kind for kind in Format}
        name, chosen = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Export chats"),
            str(_documents() / f"MOSS.chats{Format.JSON.ending}"),
            ";;".join(kinds),
        )
        if name:
            kind = kinds.get(chosen, Format.JSON)
            path = Path(name)
            if not path.suffix:
                path = path.with_name(path.name + kind.ending)
            self.export(path, kind, ids)

    def export(self, path: Path, kind: Format, ids: Sequence[str] | None) -> None:
        """Writes chats into a file; nothing while another one is written."""
        ids = None if ids is None else tuple(ids)
        labels = Labels(
            user=self.tr("You"),
            thoughts=self.tr("Inner thoughts"),
            untitled=self.tr("Untitled chat"),
            zone=None,
        )
        steps = self._exchange.exporting(path, kind, ids=ids, labels=labels)
        self._begin(steps, exported_phrases)

    def take_in(self, path: Path) -> None:
        """Takes in the chats of a file."""
        self._begin(self._exchange.importing(path), _imported)

    def give_up(self) -> None:
        """Ends what is under way: an export leaves no file, an import what it has."""
        self._timer.stop()
        steps, self._steps = self._steps, None
        if steps is not None:
            steps.close()

    def _ask_for_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Import chats"),
            str(_documents()),
            self.tr("Chats (*.json *.jsonl *.zip *.chat);;All files (*)"),
        )
        if name:
            self.take_in(Path(name))

    def _begin(
        self, done: Iterable[Done], phrases: Callable[[Done], Iterable[Phrase]]
    ) -> None:
        if self._steps is None:
            self._steps = _told(done, phrases)
            self._timer.start(0)

    def _step(self) -> None:
        steps = self._steps
        if steps is None:
            return
        try:
            self._last = next(steps)
        except StopIteration:
            self.give_up()
            self._bridge.conversations.emit()
            sentences = [say(phrase) for phrase in self._last()]
            self._window.panel.notice.say("\n".join(sentences))
        except UserError as error:
            self.give_up()
            self._bridge.conversations.emit()
            self._bridge.failed.emit(error)

    def _name(self, kind: Format) -> str:
        return {
            Format.JSON: self.tr("MOSS Desktop, without loss"),
            Format.MARKDOWN: "Markdown",
            Format.HTML: "HTML",
            Format.TEXT: self.tr("Plain text"),
            Format.TRAINING: self.tr("MOSS's training layout"),
            Format.PREFERENCES: self.tr("Preference pairs"),
        }[kind]


def _told(
    done: Iterable[Done], phrases: Callable[[Done], Iterable[Phrase]]
) -> Generator[Callable[[], Iterable[Phrase]]]:
    """Each step as what would be said if it were the last."""
    for each in done:
        yield partial(phrases, each)


def _imported(done: Imported) -> Iterable[Phrase]:
    yield from imported_phrases(done)
    if done.stopped is not None:
        yield Phrase(SENTENCES[done.stopped.code], (done.stopped.detail,))
    for finding in done.findings[:_FINDINGS_SHOWN]:
        yield finding_phrase(finding)


def _documents() -> Path:
    place = QStandardPaths.StandardLocation.DocumentsLocation
    return Path(QStandardPaths.writableLocation(place))
