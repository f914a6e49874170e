"""Draws what the palette offers: a name with what was typed marked, and a hint."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.ui.palette.items import Found
from app.ui.sidebar import marked_text

_Index = QModelIndex | QPersistentModelIndex
FOUND_ROLE: Final = Qt.ItemDataRole.UserRole + 1
"""The `Found` itself."""
_SPACE: Final = 14
_MARGIN: Final = 10
_RADIUS: Final = 6
_GAP: Final = 16
_MOST_HINT: Final = 0.45
"""The part of a row that a hint may take."""


class PaletteDelegate(QStyledItemDelegate):
    """One line for each item."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, option.fontMetrics.height() + _SPACE)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(option.palette.highlight())
            painter.drawRoundedRect(option.rect, _RADIUS, _RADIUS)
        _draw_text(painter, option, found=index.data(FOUND_ROLE))
        painter.restore()


def _draw_text(
    painter: QPainter, option: QStyleOptionViewItem, *, found: Found
) -> None:
    palette, metrics = option.palette, option.fontMetrics
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    rect: QRect = option.rect
    inner = QRectF(rect.adjusted(_MARGIN, 0, -_MARGIN, 0))
    room = int(inner.width() * _MOST_HINT)
    hint = metrics.elidedText(found.item.hint, Qt.TextElideMode.ElideMiddle, room)
    # On what is chosen, quiet letters would be too quiet.
    quiet = palette.text() if selected else palette.placeholderText()
    painter.setPen(quiet.color())
    right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
    painter.drawText(inner, right, hint)
    taken = metrics.horizontalAdvance(hint) + _GAP if hint else 0
    inner.setRight(inner.right() - taken)
    painter.setPen(palette.text().color())
    ground = palette.base() if selected else palette.highlight()
    look = marked_text.Look(ground, palette.text())
    for line in marked_text.lines_of(
        found.item.title,
        found.marks,
        font=option.font,
        width=max(1.0, inner.width()),
        most=1,
    ):
        marked_text.draw(painter, inner, line, font=option.font, look=look)
