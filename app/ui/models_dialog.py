"""The models of this computer: what each is, and what can be done with it."""

from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.engine.moss_sizes import BUILDS
from app.services.library_fit import Fit
from app.services.library_models import Listing, Model, Owner
from app.ui import model_words
from app.ui.model_tree import ModelTree
from app.ui.widgets.flow_row import FlowRow
from app.ui.widgets.notice import Notice
from app.ui.widgets.wrapped_label import WrappedLabel

_SIZE: Final = (860, 600)
_PARTS: Final = 1000


class Action(Enum):
    """What can be done with a model."""

    LOAD = auto()
    START_WITH = auto()
    RENAME = auto()
    CHECK = auto()
    MOVE = auto()
    DELETE = auto()
    COMPARE = auto()
    FORGET = auto()


_BUTTONS: Final = (
    Action.LOAD,
    Action.START_WITH,
    Action.RENAME,
    Action.CHECK,
    Action.MOVE,
    Action.DELETE,
    Action.COMPARE,
    Action.FORGET,
)


class ModelsDialog(QDialog):
    """Shows models and reports what is wanted.

    Attributes:
        tree: The list.
        notice: What came of the last thing.

    Args:
        parent: The window.

    Signals:
        wanted: An `Action`, and the `Model` that it is wanted of.
        convert_wanted: A `Model`, and the type that is to be made of its checkpoint.
        restore_wanted: A `Deleted` model is to come back.
        empty_wanted: The trash is to be emptied.
        stop_wanted: What is being done is to end.
        retranslated: The language has changed; the models are to be shown again.
    """

    wanted = Signal(object, object)
    convert_wanted = Signal(object, str)
    restore_wanted = Signal(object)
    empty_wanted = Signal()
    stop_wanted = Signal()
    retranslated = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._deleted = Listing(()).deleted
        self._in_use: Path | None = None
        self._busy = False
        self.tree = ModelTree()
        self.tree.chosen.connect(self._show_model)
        self.tree.loaded.connect(lambda model: self.wanted.emit(Action.LOAD, model))
        self._details = WrappedLabel()
        self._details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._buttons = {action: QPushButton() for action in _BUTTONS}
        for action, button in self._buttons.items():
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, action=action: self._ask(action))
        self._types = QMenu(self)
        for build in BUILDS:
            self._types.addAction(build, lambda build=build: self._convert(build))
        self._convert_button = QPushButton()
        self._convert_button.setAutoDefault(False)
        self._convert_button.setMenu(self._types)
        self._trash, self._restore, self._empty = QLabel(), QPushButton(), QPushButton()
        self._restore.clicked.connect(self._put_back)
        self._empty.clicked.connect(self.empty_wanted)
        self._work, self._stop = QLabel(), QPushButton()
        self._stop.clicked.connect(self.stop_wanted)
        self._progress = QProgressBar()
        self._progress.setRange(0, _PARTS)
        self._progress.setTextVisible(False)
        self._close = QPushButton()
        self._close.clicked.connect(self.close)
        self.notice = Notice()
        self._lay_out()
        self._add_keys()
        self.resize(*_SIZE)
        self.retranslate()
        self.show_work("")

    def show_listing(
        self, listing: Listing, fits: Mapping[Path, Fit], in_use: Path | None
    ) -> None:
        """Shows what there is.

        Args:
            listing: The models.
            fits: What each takes in memory, by its path.
            in_use: The file of the model that is loaded.
        """
        self._deleted, self._in_use = listing.deleted, in_use
        self.tree.show_models(listing.models, fits, in_use)
        self._show_trash()
        if listing.broken or listing.problems:
            text = self.tr("In library.json this could not be read, and was kept: {0}")
            what = ", ".join(listing.problems) or self.tr("all of it")
            self.notice.say(text.format(what))

    def show_work(self, text: str, fraction: float = 0.0) -> None:
        """Shows what is being done and how far it is; nothing with an empty text."""
        self._busy = bool(text)
        self._work.setText(text)
        self._progress.setAccessibleName(text)
        self._progress.setValue(round(_PARTS * fraction))
        for widget in (self._work, self._progress, self._stop):
            widget.setVisible(self._busy)
        self._show_model(self.tree.current)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.setWindowTitle(self.tr("Models"))
        for action, text in (
            (Action.LOAD, self.tr("Load")),
            (Action.START_WITH, self.tr("Use at the start")),
            (Action.RENAME, self.tr("Rename…")),
            (Action.CHECK, self.tr("Check")),
            (Action.MOVE, self.tr("Move…")),
            (Action.DELETE, self.tr("Delete")),
            (Action.COMPARE, self.tr("Compare with its checkpoint")),
            (Action.FORGET, self.tr("Leave out of the list")),
        ):
            self._buttons[action].setText(text)
        self._convert_button.setText(self.tr("Another type"))
        self._details.setAccessibleName(self.tr("What is known of the model"))
        self._restore.setText(self.tr("Put back"))
        self._empty.setText(self.tr("Empty the trash…"))
        self._stop.setText(self.tr("Stop"))
        self._close.setText(self.tr("Close"))
        self.tree.retranslate()
        self._show_trash()
        self.retranslated.emit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        actions = FlowRow()
        for button in (*self._buttons.values(), self._convert_button):
            actions.add(button)
        trash, work, end = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        trash.addWidget(self._trash, 1)
        trash.addWidget(self._restore)
        trash.addWidget(self._empty)
        work.addWidget(self._work)
        work.addWidget(self._progress, 1)
        work.addWidget(self._stop)
        end.addStretch(1)
        end.addWidget(self._close)
        for button in (self._restore, self._empty, self._stop, self._close):
            button.setAutoDefault(False)
        for label in (self._trash, self._work):
            label.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self._details)
        layout.addWidget(actions)
        layout.addLayout(work)
        layout.addLayout(trash)
        layout.addWidget(self.notice)
        layout.addLayout(end)

    def _add_keys(self) -> None:
        """What lists of files have everywhere."""
        for key, action in (("F2", Action.RENAME), ("Del", Action.DELETE)):
            shortcut = QAction(self.tree)
            shortcut.setShortcut(QKeySequence(key))
            shortcut.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.triggered.connect(self._buttons[action].click)
            self.tree.addAction(shortcut)

    def _ask(self, action: Action) -> None:
        model = self.tree.current
        if model is not None:
            self.wanted.emit(action, model)

    def _convert(self, build: str) -> None:
        model = self.tree.current
        if model is not None:
            self.convert_wanted.emit(model, build)

    def _put_back(self) -> None:
        if self._deleted:
            self.restore_wanted.emit(self._deleted[0])

    def _show_model(self, model: Model | None) -> None:
        self._details.setText(model_words.details(model) if model else "")
        source = model is not None and bool(model.record.source)
        usable = model is not None and model.problem is None
        ours = model is not None and model.owner is Owner.PROGRAM
        loaded = model is not None and self._in_use == model.path
        free = not self._busy
        for action, enabled in (
            (Action.LOAD, usable and not loaded),
            (Action.START_WITH, usable),
            (Action.RENAME, model is not None),
            (Action.CHECK, model is not None and free),
            (Action.MOVE, ours and not loaded and free),
            (Action.DELETE, ours and not loaded and free),
            (Action.COMPARE, source and free),
        ):
            self._buttons[action].setEnabled(enabled)
        self._convert_button.setEnabled(source and free)
        # What only few models have is there for those alone.
        forgettable = model is not None and model.owner is Owner.USER
        self._buttons[Action.FORGET].setVisible(forgettable)
        self._buttons[Action.COMPARE].setVisible(source)
        self._convert_button.setVisible(source)
        start = self._buttons[Action.START_WITH]
        start.setCheckable(True)
        start.setChecked(model is not None and model.is_default)

    def _show_trash(self) -> None:
        count = len(self._deleted)
        for widget in (self._trash, self._restore, self._empty):
            widget.setVisible(bool(count))
        if count:
            size = model_words.size(sum(each.size for each in self._deleted))
            text = self.tr("In the trash: {0}, last “{1}”; they take {2}.")
            self._trash.setText(text.format(count, self._deleted[0].name, size))
