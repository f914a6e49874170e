"""Connects the list of models with the library."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.domain.errors import UserError
from app.domain.generation import ModelInfo
from app.engine import protocol
from app.engine.computer import Computer
from app.engine.memory import features_of, repacked_types
from app.services.library import Library
from app.services.library_fit import Fit, fit_of
from app.services.library_models import Listing, Model
from app.services.library_work import LibraryWork, Outcome, Task as Work
from app.ui import model_words, words
from app.ui.dialogs import Dialogs
from app.ui.line_process import LineProcess
from app.ui.models_dialog import Action, ModelsDialog
from app.ui.tasks import Task

_LOG: Final = logging.getLogger(__name__)
_MOST_BYTES: Final = 1024 * 1024


class ModelsDesk(QObject):
    """Shows the models, does what is wanted with them, remembers how they were used.

    Everything that waits for the disk runs in one thread, one after the other.

    Args:
        window: What the dialog belongs to.
        library: The models.
        folder: The working directory of child processes.

    Signals:
        load_requested: The path of a model that is to be loaded.
    """

    load_requested = Signal(object)

    def __init__(self, window: QWidget, library: Library, folder: str) -> None:
        super().__init__(window)
        self._window = window
        self._library = library
        self._dialogs = Dialogs(window)
        self._computer: Computer | None = None
        self._types: frozenset[str] = frozenset()
        self._in_use: Path | None = None
        self._listing = Listing(())
        self._waiting: deque[Callable[[], object]] = deque()
        self._task = Task(self)
        self._task.finished.connect(self._done)
        self._task.failed.connect(self._failed)
        self._process = LineProcess(most_bytes=_MOST_BYTES, folder=folder, parent=self)
        self._work = LibraryWork(library, self._process, self)
        self._process.line_received.connect(self._work.line)
        self._process.ended.connect(self._work.ended)
        self._dialog: ModelsDialog | None = None

    @property
    def dialog(self) -> ModelsDialog:
        """The list; it is made when it is wanted first."""
        if self._dialog is None:
            self._dialog = self._make_dialog()
        return self._dialog

    @property
    def default(self) -> Path | None:
        """The model that the user wants at the start; None for the last one."""
        return self._library.default()

    def start(self) -> None:
        """Ends what was broken off when the program was killed."""
        self._run(self._library.settle)

    def open(self) -> None:
        """Shows the list."""
        self.dialog.show()
        self.dialog.activateWindow()
        self.dialog.tree.setFocus()
        self.refresh()

    def close(self) -> None:
        """Ends what is being done; what is to be remembered is."""
        if self._dialog is not None:
            self._dialog.close()
        self._process.close()
        self._task.wait()
        for function in self._waiting:
            try:
                function()
            except UserError:
                continue
        self._waiting.clear()

    def refresh(self) -> None:
        """Looks what there is now."""
        self._run(lambda: self._library.models(self._types))

    def model_changed(self, model: ModelInfo | None) -> None:
        """Another model is loaded, or none."""
        local = model is not None and not model.server
        self._in_use = Path(model.path) if model is not None and local else None
        if self._in_use is not None:
            path = self._in_use
            self._run(lambda: self._library.used(path))
        if self._is_shown:
            self.refresh()

    def engine_event(self, event: protocol.Event) -> None:
        """Takes what the engine says of the devices, and of how fast it was."""
        match event:
            case protocol.Hello():
                self._computer = Computer.of(event.devices)
                self._types = repacked_types(features_of(event.system))
            case protocol.Finished() if self._in_use is not None:
                path, usage = self._in_use, event.usage
                self._run(lambda: self._library.replied(path, usage))
            case _:
                pass

    def work_progressed(self, task: Work, model: Model, fraction: float) -> None:
        """See `WorkObserver`."""
        self.dialog.show_work(model_words.doing(task, model), fraction)

    def work_ended(self, task: Work, model: Model, outcome: Outcome) -> None:
        """See `WorkObserver`."""
        self._over(model_words.ended(task, model, outcome))

    def work_failed(self, _task: Work, _model: Model, error: UserError) -> None:
        """See `WorkObserver`."""
        self._over(words.explain(error))

    def _over(self, text: str) -> None:
        self.dialog.show_work("")
        self.dialog.notice.say(text)
        self.refresh()

    def _wanted(self, action: Action, model: Model) -> None:
        match action:
            case Action.LOAD:
                self.load_requested.emit(model.path)
            case Action.START_WITH:
                chosen = None if model.is_default else model
                self._change(lambda: self._library.choose(chosen))
            case Action.RENAME:
                self._rename(model)
            case Action.FORGET:
                self._change(lambda: self._library.forget(model))
            case Action.DELETE:
                in_use = self._in_use
                self._change(lambda: self._library.delete(model, in_use))
            case Action.CHECK:
                self._begin(Work.CHECK, model, lambda: self._work.check(model))
            case Action.COMPARE:
                self._begin(Work.COMPARE, model, lambda: self._work.compare(model))
            case Action.MOVE:
                self._move(model)

    def _rename(self, model: Model) -> None:
        name = self._dialogs.model_name(model.title)
        if name is not None:
            self._change(lambda: self._library.rename(model, name))

    def _move(self, model: Model) -> None:
        folder = self._dialogs.model_folder(model.path.parent)
        if folder is not None and folder != model.path.parent:
            self._begin(
                Work.MOVE,
                model,
                lambda: self._work.move(model, folder, self._in_use),
            )

    def _convert(self, model: Model, quantization: str) -> None:
        self._begin(
            Work.CONVERT, model, lambda: self._work.convert(model, quantization)
        )

    def _empty(self) -> None:
        if self._dialogs.empty_models_trash(
            [item.name for item in self._listing.deleted]
        ):
            self._change(self._library.empty_trash)

    def _begin(self, task: Work, model: Model, begin: Callable[[], object]) -> None:
        # What is still to be written is written first: the work reads it.
        self._task.wait()
        try:
            begin()
        except UserError as error:
            self.dialog.notice.say(words.explain(error))
        else:
            self.dialog.show_work(model_words.doing(task, model))

    def _change(self, change: Callable[[], object]) -> None:
        """Changes something, and looks what there is then."""

        def work() -> Listing:
            change()
            return self._library.models(self._types)

        self._run(work)

    def _run(self, function: Callable[[], object]) -> None:
        if self._task.running:
            self._waiting.append(function)
        else:
            self._task.start(function)

    def _next(self) -> None:
        if self._waiting:
            self._task.start(self._waiting.popleft())

    def _done(self, result: object) -> None:
        if isinstance(result, Listing):
            self._listing = result
            self._show()
        self._next()

    def _failed(self, error: UserError) -> None:
        # Whoever only chats need not hear that a speed could not be remembered.
        if self._is_shown:
            self.dialog.notice.say(words.explain(error))
        else:
            _LOG.warning("%s", error)
        self._next()

    @property
    def _is_shown(self) -> bool:
        return self._dialog is not None and self._dialog.isVisible()

    def _make_dialog(self) -> ModelsDialog:
        dialog = ModelsDialog(self._window)
        dialog.wanted.connect(self._wanted)
        dialog.convert_wanted.connect(self._convert)
        dialog.restore_wanted.connect(
            lambda deleted: self._change(lambda: self._library.restore(deleted))
        )
        dialog.empty_wanted.connect(self._empty)
        dialog.stop_wanted.connect(self._work.stop)
        dialog.retranslated.connect(self._show)
        return dialog

    def _show(self) -> None:
        fits = _fits(self._listing.models, self._computer)
        self.dialog.show_listing(self._listing, fits, self._in_use)


def _fits(models: Sequence[Model], computer: Computer | None) -> dict[Path, Fit]:
    return {
        model.path: fit_of(model.facts.needs, computer)
        for model in models
        if model.facts is not None
    }
