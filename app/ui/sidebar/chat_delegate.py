"""Draws the rows of the list of chats."""

from typing import Final

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)
from typing_extensions import override

from app.ui.icons import Icons
from app.ui.sidebar import marked_text
from app.ui.sidebar.chat_list import ROW_ROLE
from app.ui.sidebar.rows import Kind, Row

_Index = QModelIndex | QPersistentModelIndex
_SPACE: Final = 16
_COMPACT_SPACE: Final = 10
"""Above and below a line."""
_SMALL: Final = 0.85
_HIT: Final = 0.92
_GAP: Final = 2
_RADIUS: Final = 8
_ICON: Final = 16
_MARGIN: Final = 10
_INDENT: Final = 22
_HIT_LINES: Final = 2
_HIT_SPACE: Final = 10


class ChatDelegate(QStyledItemDelegate):
    """Headings small and quiet, chats one line, hits two, what was found marked.

    Attributes:
        compact: Whether rows are low.

    Args:
        icons: Where icons come from.
        view: The list.
    """

    def __init__(self, icons: Icons, view: QListView) -> None:
        super().__init__(view)
        self._icons = icons
        self.compact = False

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        row: Row = index.data(ROW_ROLE)
        if row.kind is not Kind.HIT:
            space = _COMPACT_SPACE if self.compact else _SPACE
            return QSize(0, option.fontMetrics.height() + space)
        lines = _HIT_LINES * _height(_scaled(option.font, _HIT))
        return QSize(0, lines + _HIT_SPACE)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        row: Row = index.data(ROW_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect.adjusted(2, 2, -2, -2)
        if row.kind in (Kind.HEADING, Kind.NOTE):
            rect.adjust(0, _RADIUS, 0, 0)
        else:
            _draw_ground(painter, rect, option)
        rect.adjust(_MARGIN, 0, -_RADIUS, 0)
        if row.inside or row.kind is Kind.HIT:
            rect.adjust(_INDENT // (2 if row.kind is Kind.HIT else 1), 0, 0, 0)
        if row.kind is Kind.FOLDER:
            self._draw_folder(painter, rect, row)
        _draw_text(painter, rect, option, row=row)
        painter.restore()

    def _draw_folder(self, painter: QPainter, rect: QRect, row: Row) -> None:
        """Draws what stands before and after a folder's name, and takes it off."""
        place = QRect(rect.left(), 0, _ICON, _ICON)
        place.moveTop(rect.center().y() - _ICON // 2)
        arrow = "chevron-right" if row.closed else "chevron-down"
        for name in (arrow, "folder"):
            self._icons.get(name).paint(painter, place)
            place.translate(_ICON + 4, 0)
        rect.setLeft(place.left() + 2)


def _draw_ground(painter: QPainter, rect: QRect, option: QStyleOptionViewItem) -> None:
    state, palette = option.state, option.palette
    painter.setPen(Qt.PenStyle.NoPen)
    if state & QStyle.StateFlag.State_Selected:
        painter.setBrush(palette.highlight())
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(palette.alternateBase())
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(palette.link().color())
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)


def _draw_text(
    painter: QPainter, rect: QRect, option: QStyleOptionViewItem, *, row: Row
) -> None:
    palette: QPalette = option.palette
    quiet = row.kind in (Kind.HEADING, Kind.NOTE, Kind.HIT)
    hit = row.kind is Kind.HIT
    font = _scaled(option.font, (_HIT if hit else _SMALL) if quiet else 1)
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    # What is chosen has the marks' colour already.
    ground = palette.base() if selected else palette.highlight()
    look = marked_text.Look(ground, palette.text())
    colour = palette.placeholderText() if quiet else palette.text()
    if selected:
        colour = palette.text()
    painter.setPen(colour.color())
    if row.kind is Kind.FOLDER:
        count = str(row.count)
        painter.setFont(_scaled(option.font, _SMALL))
        painter.drawText(
            rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count
        )
        rect.adjust(0, 0, -painter.fontMetrics().horizontalAdvance(count) - 8, 0)
    lines = marked_text.lines_of(
        row.text,
        row.marks,
        font=font,
        width=rect.width(),
        most=_HIT_LINES if hit else 1,
    )
    height = _height(font)
    top = rect.center().y() + 1 - height * len(lines) / 2
    for line in lines:
        place = QRectF(rect.left(), top, rect.width(), height)
        marked_text.draw(painter, place, line, font=font, look=look)
        top += height


def _scaled(font: QFont, factor: float) -> QFont:
    scaled = QFont(font)
    scaled.setPointSizeF(font.pointSizeF() * factor)
    return scaled


def _height(font: QFont) -> int:
    return QFontMetrics(font).height() + _GAP
