"""The user's documents in the window: folders, progress, and what was skipped."""

from typing import Final

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.plugins.documents.messages import Progress, Report
from app.services.documents import DocumentsState
from app.ui import words
from app.ui.skipped_files import SkippedFiles
from app.ui.widgets.wrapped_label import WrappedLabel

_LIST_HEIGHT: Final = 110
_SKIPPED_HEIGHT: Final = 140
_ROW_SPACING: Final = 8
_MEASURED_ROWS: Final = 50
"""Of thousands: each is measured by the window itself."""
_MINUTE: Final = 60


class DocumentSection(QWidget):
    """Shows a `DocumentsState` and reports what is wanted.

    Args:
        parent: The dialog.

    Signals:
        folders_chosen: A tuple of paths: these, and no others.
        refresh_requested: Whether all files are to be read again.
        stop_requested: The run is to end.
    """

    folders_chosen = Signal(object)
    refresh_requested = Signal(bool)
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = DocumentsState()
        self.folders = QListWidget()
        self.folders.setMaximumHeight(_LIST_HEIGHT)
        self.folders.itemSelectionChanged.connect(self._enable)
        self.add, self.remove = QPushButton(), QPushButton()
        self.again, self.stop = QPushButton(), QPushButton()
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.again.clicked.connect(lambda: self.refresh_requested.emit(True))  # noqa: FBT003 -- Qt's form
        self.stop.clicked.connect(self.stop_requested)
        self.bar = QProgressBar()
        self.status = WrappedLabel()
        self.status.setObjectName("muted")
        self.problem = WrappedLabel()
        self.problem.setObjectName("problem")
        self._files = SkippedFiles(self)
        self.skipped = QTableView()
        self.skipped.setModel(self._files)
        self.skipped.setTabKeyNavigation(False)
        self.skipped.setShowGrid(False)
        self.skipped.setWordWrap(False)
        self.skipped.setMinimumHeight(_SKIPPED_HEIGHT)
        rows = self.skipped.verticalHeader()
        rows.hide()
        rows.setDefaultSectionSize(self.fontMetrics().height() + _ROW_SPACING)
        self.skipped.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.skipped.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        header = self.skipped.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading)
        header.setHighlightSections(False)
        header.setResizeContentsPrecision(_MEASURED_ROWS)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._lay_out()
        self.retranslate()

    def show_state(self, state: DocumentsState) -> None:
        """Shows how the documents are now."""
        if state.folders != self._state.folders or not self.folders.count():
            self.folders.clear()
            self.folders.addItems(state.folders)
        before, self._state = self._state, state
        self._show_progress(state)
        self.status.setText(self._status(state))
        self.problem.setText(words.explain(state.error) if state.error else "")
        self.problem.setVisible(state.error is not None)
        if state.report is not before.report:
            self._show_skipped(state.report)
        self._enable()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.folders.setAccessibleName(self.tr("Folders with your documents"))
        self.add.setText(self.tr("Add a folder…"))
        self.remove.setText(self.tr("Remove"))
        self.again.setText(self.tr("Read all again"))
        self.stop.setText(self.tr("Stop"))
        self.bar.setAccessibleName(self.tr("Files that were looked at"))
        self.skipped.setAccessibleName(self.tr("Files that were skipped"))
        self._show_skipped(self._state.report)
        self.show_state(self._state)

    def _lay_out(self) -> None:
        buttons = QVBoxLayout()
        for button in (self.add, self.remove, self.again, self.stop):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.folders, 1, Qt.AlignmentFlag.AlignTop)
        row.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        layout.addWidget(self.status)
        layout.addWidget(self.problem)
        layout.addWidget(self.skipped, 1)

    def _show_progress(self, state: DocumentsState) -> None:
        progress = state.progress
        self.bar.setVisible(state.running)
        # Without a number the bar moves to and fro.
        self.bar.setRange(0, progress.total if progress else 0)
        self.bar.setValue(progress.done if progress else 0)

    def _status(self, state: DocumentsState) -> str:
        if state.running:
            return self._running(state.progress)
        if not state.folders:
            return self.tr("No folder is chosen, so nothing is read.")
        if state.report is None:
            return ""
        return self._result(state.report)

    def _running(self, progress: Progress | None) -> str:
        if progress is None:
            return self.tr("Looking for documents…")
        locale = QLocale()
        done, total = (
            locale.toString(number) for number in (progress.done, progress.total)
        )
        text = self.tr("{0} of {1} files").format(done, total)
        if progress.seconds_left is None:
            return text
        minutes = round(progress.seconds_left / _MINUTE)
        left = (
            self.tr("about {0} minutes left").format(minutes)
            if minutes > 1
            else self.tr("a minute left at most")
        )
        return f"{text}, {left}"

    def _result(self, report: Report) -> str:
        locale = QLocale()
        text = self.tr("Files that can be found: {0}; skipped: {1}.").format(
            locale.toString(report.files), locale.toString(len(report.problems))
        )
        if report.missing:
            missing = self.tr("Not there just now: {0}").format(
                ", ".join(report.missing)
            )
            text = f"{text} {missing}"
        if not report.complete:
            stopped = self.tr("It was stopped before the end.")
            text = f"{text} {stopped}"
        return text

    def _show_skipped(self, report: Report | None) -> None:
        problems = report.problems if report else ()
        self._files.show_problems(problems)
        self.skipped.setVisible(bool(problems))

    def _enable(self) -> None:
        self.remove.setEnabled(bool(self.folders.selectedItems()))
        self.again.setEnabled(bool(self._state.folders) and not self._state.running)
        self.stop.setEnabled(self._state.running)

    def _add(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, self.tr("A folder with your documents")
        )
        if chosen:
            self.folders_chosen.emit((*self._state.folders, chosen))

    def _remove(self) -> None:
        removed = {item.text() for item in self.folders.selectedItems()}
        kept = (f for f in self._state.folders if f not in removed)
        self.folders_chosen.emit(tuple(kept))
