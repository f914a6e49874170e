"""The list of models, under a heading for each place that they are from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.services.library_fit import Fit
from app.services.library_models import Model
from app.ui import model_words

_MODEL: Final = Qt.ItemDataRole.UserRole
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NUMBERS: Final = (2, 3, 4)
_AIR: Final = 8
"""Pixels of a row that are not text."""


class ModelTree(QTreeWidget):
    """Shows models; one is the present one.

    Args:
        parent: Qt's parent.

    Signals:
        chosen: The `Model` that is looked at, or None.
        loaded: The `Model` that is to be loaded.
    """

    chosen = Signal(object)
    loaded = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTabKeyNavigation(False)
        self.currentItemChanged.connect(lambda: self.chosen.emit(self.current))
        self.itemActivated.connect(self._activated)
        self.retranslate()

    @property
    def current(self) -> Model | None:
        """The model that is looked at."""
        return _model_of(self.currentItem())

    def show_models(
        self, models: Sequence[Model], fits: Mapping[Path, Fit], in_use: Path | None
    ) -> None:
        """Shows models; the one that is looked at stays so where it is still there.

        Args:
            models: In order.
            fits: What each takes in memory, by its path.
            in_use: The file of the model that is loaded.
        """
        before = self.current
        self.blockSignals(True)  # noqa: FBT003 -- Qt's own form
        self.clear()
        wanted = first = None
        headings: dict[str, QTreeWidgetItem] = {}
        for model in models:
            heading = self._heading(headings, model_words.group(model))
            loaded = model.path == in_use
            row = model_words.row(model, fits.get(model.path), loaded=loaded)
            item = QTreeWidgetItem(heading, row)
            item.setSizeHint(0, self._row_size)
            item.setData(0, _MODEL, model)
            item.setToolTip(0, str(model.path))
            for column in _NUMBERS:
                item.setTextAlignment(column, _RIGHT)
            first = first or item
            if before is not None and model.path == before.path:
                wanted = item
        self.expandAll()
        header = self.header()
        header.setStretchLastSection(False)
        for column in range(self.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.blockSignals(False)  # noqa: FBT003 -- Qt's own form
        present = wanted or first
        if present is not None:
            self.setCurrentItem(present)
        self.chosen.emit(self.current)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.setAccessibleName(self.tr("Models"))
        self.setHeaderLabels(
            [
                self.tr("Model"),
                self.tr("Type"),
                self.tr("Size"),
                self.tr("Memory"),
                self.tr("Tokens/s"),
                self.tr("Last used"),
            ]
        )

    @property
    def _row_size(self) -> QSize:
        return QSize(0, self.fontMetrics().height() + _AIR)

    def _heading(
        self, known: dict[str, QTreeWidgetItem], title: str
    ) -> QTreeWidgetItem:
        if title not in known:
            item = QTreeWidgetItem(self, [title])
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setFirstColumnSpanned(True)
            font = item.font(0)
            font.setBold(True)
            item.setFont(0, font)
            item.setSizeHint(0, self._row_size)
            known[title] = item
        return known[title]

    def _activated(self, item: QTreeWidgetItem) -> None:
        model = _model_of(item)
        if model is not None and model.problem is None:
            self.loaded.emit(model)


def _model_of(item: QTreeWidgetItem | None) -> Model | None:
    found = item.data(0, _MODEL) if item is not None else None
    return found if isinstance(found, Model) else None
