"""How rich text looks: formats made of a widget's font and palette.

The palette is the theme's, so that a change of theme is a change of the palette.
"""

from dataclasses import dataclass
from typing import Final, Self

from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QPalette,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
)

QUOTES: Final = QTextFormat.Property.UserProperty + 2
"""A block's property: how many quotations it stands in, an int."""
INDENT: Final = 24
"""Pixels that each level of a list or a quotation takes."""
CODE_HEADER: Final = 30
"""Pixels above a block of code, for its language and its button."""
CODE_PADDING: Final = 12
_HEADING_SIZES: Final = (1.5, 1.3, 1.15, 1.05, 1.0, 1.0)
_CODE_SIZE: Final = 0.92
_LIGHT_ABOVE: Final = 128


@dataclass(frozen=True, slots=True)
class Styles:
    """Formats for everything that Markdown knows.

    Attributes:
        text: Plain text.
        mono: Source code.
        muted: Colour of what is less important.
        link: Colour of links.
        paper: Behind code.
        line: Of tables and rules.
        dark: Whether text is lighter than what is behind it.
    """

    text: QTextCharFormat
    mono: QTextCharFormat
    muted: QColor
    link: QColor
    paper: QColor
    line: QColor
    dark: bool

    @classmethod
    def of(cls, font: QFont, palette: QPalette) -> Self:
        """The styles of a widget."""
        text = QTextCharFormat()
        text.setFont(font)
        text.setForeground(palette.color(QPalette.ColorRole.Text))
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(font.pointSizeF() * _CODE_SIZE)
        mono = QTextCharFormat(text)
        mono.setFont(fixed)
        return cls(
            text,
            mono,
            palette.color(QPalette.ColorRole.PlaceholderText),
            palette.color(QPalette.ColorRole.Link),
            palette.color(QPalette.ColorRole.AlternateBase),
            palette.color(QPalette.ColorRole.Mid),
            palette.color(QPalette.ColorRole.Text).lightness() > _LIGHT_ABOVE,
        )

    def heading(self, level: int) -> QTextCharFormat:
        """Text of a heading, 1 being the greatest."""
        form = QTextCharFormat(self.text)
        size = self.text.font().pointSizeF() * _HEADING_SIZES[level - 1]
        form.setFontPointSize(size)
        form.setFontWeight(QFont.Weight.DemiBold)
        return form

    def inline_code(self, around: QTextCharFormat) -> QTextCharFormat:
        """Code within a line."""
        form = QTextCharFormat(around)
        form.setFont(self.mono.font())
        form.setBackground(self.paper)
        return form

    def anchor(self, around: QTextCharFormat, target: str) -> QTextCharFormat:
        """A link."""
        form = QTextCharFormat(around)
        form.setAnchor(True)
        form.setAnchorHref(target)
        form.setForeground(self.link)
        form.setFontUnderline(True)
        form.setToolTip(target)
        return form

    def citation(self, around: QTextCharFormat, target: str) -> QTextCharFormat:
        """A citation's number; a link unless it refers to nothing."""
        form = self.anchor(around, target) if target else QTextCharFormat(around)
        form.setFontUnderline(False)
        form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        form.setToolTip("")
        return form

    def paragraph(self, *, above: int = 0, below: int = 8) -> QTextBlockFormat:
        """A paragraph with so many pixels around it."""
        form = QTextBlockFormat()
        form.setTopMargin(above)
        form.setBottomMargin(below)
        form.setLineHeight(
            125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        )
        return form
