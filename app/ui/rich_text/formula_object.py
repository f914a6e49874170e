"""Formulas in a document: one character each, drawn in the colour of the text.

Until a formula has come, and for good if it cannot be typeset, its source stands there.
"""

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QFontMetricsF,
    QImage,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer
from typing_extensions import override

from app.ui.rich_text.formulas import Drawing, Formulas

OBJECT: Final = "\ufffc"
"""The character that stands for an object in a document."""
FORMULA: Final = QTextFormat.ObjectTypes.UserObject.value + 1
"""The object type of formulas."""
LATEX: Final = QTextFormat.Property.UserProperty + 3
"""A formula's property: its source."""
DISPLAY: Final = QTextFormat.Property.UserProperty + 4
"""A formula's property: whether it stands on a line of its own."""
WAITING: Final = QTextFormat.Property.UserProperty + 5
"""A formula's property: whether it has not come yet."""
_SHALLOW: Final = 0.35
"""Depth in em up to which a formula reaches below the base line as letters do.

Qt knows no depth of objects: such a formula stands on the base line with what is above
it and is drawn beyond; what is deeper has its middle there.
"""
_X_HEIGHT: Final = 0.45
"""Of the font that formulas are set in (STIX Two Math), in em."""


def settle(document: QTextDocument, formulas: Formulas) -> None:
    """Gives formulas that have come the room they need.

    Those that cannot be typeset become text.
    """
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    for position, form in list(_waiting(document)):
        latex, display = form.stringProperty(LATEX), form.boolProperty(DISPLAY)
        if not formulas.known(latex, display=display):
            continue
        cursor.setPosition(position)
        cursor.setPosition(position + 1, QTextCursor.MoveMode.KeepAnchor)
        drawing = formulas.drawing(latex, display=display)
        if drawing is None:
            plain = QTextCharFormat(form)
            plain.clearProperty(QTextFormat.Property.ObjectType.value)
            plain.clearProperty(WAITING)
            cursor.insertText(source(form), plain)
        else:
            known = formula_format(form, latex, display=display, drawing=drawing)
            cursor.setCharFormat(known)
    cursor.endEditBlock()


def _waiting(document: QTextDocument) -> Iterator[tuple[int, QTextCharFormat]]:
    """The formulas that have not come, from the end to the beginning."""
    block = document.lastBlock()
    while block.isValid():
        found = []
        iterator = block.begin()
        while not iterator.atEnd():
            fragment = iterator.fragment()
            form = fragment.charFormat()
            if form.objectType() == FORMULA and form.boolProperty(WAITING):
                found += [
                    (fragment.position() + at, form) for at in range(fragment.length())
                ]
            iterator += 1
        yield from reversed(found)
        block = block.previous()


class FormulaObject(QPyTextObject):
    """Draws formulas within a document.

    Args:
        formulas: Where they come from.
        parent: Qt's parent.
    """

    def __init__(self, formulas: Formulas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._formulas = formulas

    @override
    def intrinsicSize(
        self, doc: QTextDocument, posInDocument: int, format: QTextFormat
    ) -> QSizeF:
        drawing = self._drawing(format)
        form = format.toCharFormat()
        if drawing is None:
            metrics = QFontMetricsF(form.font())
            width = metrics.horizontalAdvance(source(form))
            return QSizeF(width, metrics.height())
        em = _em(form)
        return QSizeF(drawing.width * em, (drawing.height - _hanging(drawing)) * em)

    @override
    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        doc: QTextDocument,
        posInDocument: int,
        format: QTextFormat,
    ) -> None:
        drawing = self._drawing(format)
        form = format.toCharFormat()
        painter.save()
        if drawing is None:
            painter.setFont(form.font())
            painter.setPen(form.foreground().color())
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, source(form))
        else:
            place = QRectF(rect).adjusted(0, 0, 0, _hanging(drawing) * _em(form))
            size = place.size() * painter.device().devicePixelRatio()
            painter.drawImage(place, _image(drawing, size, form.foreground()))
        painter.restore()

    def _drawing(self, form: QTextFormat) -> Drawing | None:
        latex = form.stringProperty(LATEX)
        return self._formulas.drawing(latex, display=form.boolProperty(DISPLAY))


def formula_format(
    around: QTextCharFormat, latex: str, *, display: bool, drawing: Drawing | None
) -> QTextCharFormat:
    """The format of the character that stands for a formula."""
    form = QTextCharFormat(around)
    form.setObjectType(FORMULA)
    form.setProperty(LATEX, latex)
    form.setProperty(DISPLAY, display)
    form.setToolTip(latex)
    form.setProperty(WAITING, drawing is None)
    place = QTextCharFormat.VerticalAlignment
    if drawing is not None and drawing.depth <= _SHALLOW:
        form.setVerticalAlignment(place.AlignNormal)
    else:
        form.setVerticalAlignment(place.AlignMiddle)
    return form


def _hanging(drawing: Drawing) -> float:
    """How much of a formula is drawn below its place, in em."""
    return drawing.depth if drawing.depth <= _SHALLOW else 0.0


def source(form: QTextCharFormat) -> str:
    """A formula as it was written."""
    mark = "$$" if form.boolProperty(DISPLAY) else "$"
    return f"{mark}{form.stringProperty(LATEX).strip()}{mark}"


def _em(form: QTextCharFormat) -> float:
    """How many pixels an em has, so that letters are as high as those around."""
    return float(QFontMetricsF(form.font()).xHeight()) / _X_HEIGHT


def _image(drawing: Drawing, size: QSizeF, brush: QBrush) -> QImage:
    """The formula in a colour; `size` is in the screen's own pixels."""
    image = QImage(
        size.toSize().expandedTo(QSize(1, 1)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(Qt.GlobalColor.transparent)
    into = QPainter(image)
    QSvgRenderer(QByteArray(drawing.svg)).render(into)
    into.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    into.fillRect(image.rect(), brush)
    into.end()
    return image
