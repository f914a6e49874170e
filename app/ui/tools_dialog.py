"""The tools: what each does, whether it may run, and what it did."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QDateTime, QEvent, QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.activity import CallRecord, RequestRecord
from app.domain.permissions import Permission
from app.ui import words
from app.ui.widgets.wrapped_label import WrappedLabel

_COLUMNS: Final = 4
_LIST_WIDTH: Final = 200


@dataclass(frozen=True, slots=True)
class ToolCard:
    """One tool as the dialog shows it, in the language of the moment.

    Attributes:
        name: Its name in settings and log.
        title: What it is called.
        summary: What it does.
        package: The package that brings it; empty for one of this program.
        state: Whether it can run, and if not, why.
        permission: Whether it may run.
        seconds: How long a command may run.
        settable: Whether it has settings.
    """

    name: str
    title: str
    summary: str
    package: str
    state: str
    permission: Permission
    seconds: float
    settable: bool = False


class ToolsDialog(QDialog):
    """Shows tools and reports what is chosen.

    Args:
        parent: The window.

    Signals:
        chosen: The name of the tool that is looked at.
        permitted: The name of a tool, and the `Permission` it gets.
        cleared: The log is to be forgotten.
        setup_requested: The name of the tool whose settings are wanted.
        retranslated: The language has changed; texts are to be given again.
    """

    chosen = Signal(str)
    permitted = Signal(str, object)
    cleared = Signal()
    setup_requested = Signal(str)
    retranslated = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._cards: tuple[ToolCard, ...] = ()
        self.tools = QListWidget()
        self.tools.setFixedWidth(_LIST_WIDTH)
        self.tools.currentRowChanged.connect(self._row_changed)
        self._summary, self._state = WrappedLabel(), WrappedLabel()
        self._package, self._limit = QLabel(), QLabel()
        for label in (self._package, self._limit):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.permission = QComboBox()
        for permission in Permission:
            self.permission.addItem("", permission.value)
        self.permission.activated.connect(self._permitted)
        self._labels = [QLabel() for _ in range(4)]
        form = QFormLayout()
        for label, field in zip(
            self._labels,
            (self.permission, self._state, self._limit, self._package),
            strict=True,
        ):
            label.setBuddy(field)
            form.addRow(label, field)
        self._calls_title, self._requests_title = QLabel(), QLabel()
        self.calls, self.requests = _table(), _table()
        self._clear, self._close = QPushButton(), QPushButton()
        self.set_up = QPushButton()
        self.set_up.clicked.connect(lambda: self.setup_requested.emit(self.current))
        self._clear.clicked.connect(self.cleared)
        self._close.clicked.connect(self.close)
        self._lay_out(form)
        self.resize(780, 560)
        self.retranslate()

    def show_cards(self, cards: Sequence[ToolCard]) -> None:
        """Shows tools; the one that is looked at stays so."""
        row = max(self.tools.currentRow(), 0)
        self._cards = tuple(cards)
        self.tools.blockSignals(True)  # noqa: FBT003 -- Qt's own form
        self.tools.clear()
        self.tools.addItems([card.title for card in cards])
        self.tools.setCurrentRow(min(row, len(cards) - 1))
        self.tools.blockSignals(False)  # noqa: FBT003 -- Qt's own form
        self._show_card()

    def show_log(
        self, calls: Sequence[CallRecord], requests: Sequence[RequestRecord]
    ) -> None:
        """Shows what the tool that is looked at did."""
        _fill(self.calls, [_call_row(record) for record in calls])
        _fill(self.requests, [_request_row(record) for record in requests])

    @property
    def current(self) -> str:
        """The name of the tool that is looked at; empty where there is none."""
        row = self.tools.currentRow()
        return self._cards[row].name if 0 <= row < len(self._cards) else ""

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.setWindowTitle(self.tr("Tools"))
        self.tools.setAccessibleName(self.tr("Tools"))
        names = (
            self.tr("&May run:"),
            self.tr("State:"),
            self.tr("Time limit:"),
            self.tr("From:"),
        )
        for label, name in zip(self._labels, names, strict=True):
            label.setText(name)
        for permission, text in (
            (Permission.NEVER, self.tr("Never")),
            (Permission.ASK, self.tr("After asking")),
            (Permission.ALWAYS, self.tr("Always")),
        ):
            row = self.permission.findData(permission.value)
            self.permission.setItemText(row, text)
        self.permission.setAccessibleName(self.tr("May run"))
        self._calls_title.setText(self.tr("Last commands"))
        self._requests_title.setText(self.tr("Network requests"))
        when, took = self.tr("When"), self.tr("Seconds")
        ended = self.tr("Outcome")
        self.calls.setHorizontalHeaderLabels([when, self.tr("Command"), ended, took])
        self.requests.setHorizontalHeaderLabels(
            [when, self.tr("To, what for"), ended, self.tr("Bytes")]
        )
        self.calls.setAccessibleName(self._calls_title.text())
        self.requests.setAccessibleName(self._requests_title.text())
        self._clear.setText(self.tr("Forget what all tools did"))
        self._close.setText(self.tr("Close"))
        self.set_up.setText(self.tr("Set up…"))
        self.retranslated.emit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _lay_out(self, form: QFormLayout) -> None:
        right = QVBoxLayout()
        right.addWidget(self._summary)
        right.addLayout(form)
        right.addWidget(self.set_up, 0, Qt.AlignmentFlag.AlignLeft)
        right.addWidget(self._calls_title)
        right.addWidget(self.calls, 2)
        right.addWidget(self._requests_title)
        right.addWidget(self.requests, 1)
        columns = QHBoxLayout()
        columns.addWidget(self.tools)
        columns.addLayout(right, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self._clear)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.addLayout(columns, 1)
        layout.addLayout(buttons)

    def _row_changed(self) -> None:
        self._show_card()
        self.chosen.emit(self.current)

    def _show_card(self) -> None:
        card = next((c for c in self._cards if c.name == self.current), None)
        if card is None:
            return
        self._summary.setText(card.summary)
        self._state.setText(card.state)
        self._package.setText(card.package or self.tr("this program"))
        self.set_up.setVisible(card.settable)
        self._limit.setText(self.tr("{0} seconds").format(round(card.seconds)))
        self.permission.setCurrentIndex(self.permission.findData(card.permission.value))

    def _permitted(self) -> None:
        # Qt keeps the value of a string enumeration, not its member.
        chosen = Permission(self.permission.currentData())
        self.permitted.emit(self.current, chosen)


def _table() -> QTableWidget:
    table = QTableWidget(0, _COLUMNS)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    return table


def _fill(table: QTableWidget, rows: Sequence[tuple[str, ...]]) -> None:
    table.setRowCount(len(rows))
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            table.setItem(number, column, item)


def _call_row(record: CallRecord) -> tuple[str, ...]:
    failure = words.explain_failure(record.failure) if record.failure else "✓"
    when = _moment(record)
    return when, record.command, failure, f"{record.seconds:.2f}"


def _request_row(record: RequestRecord) -> tuple[str, ...]:
    target = f"{record.host}: {record.purpose}"
    return _moment(record), target, record.outcome or "…", str(record.size)


def _moment(record: CallRecord | RequestRecord) -> str:
    local = QDateTime.fromSecsSinceEpoch(round(record.when.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)
