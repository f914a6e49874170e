"""Contrast as WCAG 2.1 wants it, of what the window really shows in both themes.

Every text is drawn many times as large as it is, so that its strokes are wider than a
pixel and have their own colour: then the colour that is there most is the paper, and
the one farthest from it the ink.
"""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage, QTextCursor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
)

from app.ui import theme
from app.ui.theme import DARK, LIGHT
from tests.contrast import contrast
from tests.fakes import stages

TEXT, LARGE = 4.5, 3.0
SCALE = 3
THEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
STAGES = pytest.mark.parametrize(
    "stage",
    [
        stages.first_start,
        stages.chips_open,
        stages.asking,
        stages.editing,
        stages.failed,
        stages.hits,
    ],
    ids=lambda stage: stage.__name__,
)


def picture(window):
    """The window, large, as rows of 0x00rrggbb."""
    image = QImage(window.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    window.render(image)
    pixels = np.frombuffer(image.constBits(), np.uint32) & 0xFFFFFF
    return pixels.reshape(image.height(), image.width())


def drawn(pixels, window, widget):
    """Contrast of what is drawn in a widget's place: its ink to its paper."""
    place = widget.visibleRegion().boundingRect()
    place = place.translated(widget.mapTo(window, QPoint()))
    rows = slice(place.top() * SCALE, (place.bottom() + 1) * SCALE)
    columns = slice(place.left() * SCALE, (place.right() + 1) * SCALE)
    colours, counts = np.unique(pixels[rows, columns], return_counts=True)
    paper = colours[counts.argmax()]
    # What is there only at the edges of strokes is a mixture.
    inks = colours[counts >= SCALE]
    return max(contrast(*map(named, (paper, ink))) for ink in inks)


def named(pixel):
    return f"#{pixel:06x}"


def is_fading(button):
    """Whether it is a field's own button that is just coming or going."""
    return button.property("opacity") not in (None, 0.0, 1.0)


def is_large(widget):
    """As WCAG means it: 18 points, or 14 points and bold."""
    points = widget.font().pointSizeF()
    return points >= 18 or (points >= 14 and widget.font().bold())


def texts(window):
    """What shows words or an icon, and can be used."""
    for widget in window.findChildren(QLabel) + window.findChildren(QAbstractButton):
        words = widget.text() or isinstance(widget, QAbstractButton)
        if words and in_use(widget) and getattr(widget, "painted", True):
            yield widget
    fields = window.findChildren(QLineEdit) + window.findChildren(QPlainTextEdit)
    yield from filter(in_use, fields)


def in_use(widget):
    if widget.property("opacity") == 0.0:
        return False
    return not widget.visibleRegion().isEmpty() and widget.isEnabled()


@STAGES
@THEMES
def test_every_word_and_icon_in_the_window_can_be_read(qtbot, stage, colours):
    window = stages.window(colours)
    qtbot.addWidget(window)
    window.show()
    stage(window)
    qtbot.waitUntil(lambda: not any(map(is_fading, window.findChildren(QToolButton))))
    pixels = picture(window)
    poor = []
    for widget in texts(window):
        wordless = isinstance(widget, QAbstractButton) and not widget.text()
        wanted = LARGE if wordless or is_large(widget) else TEXT
        found = drawn(pixels, window, widget)
        if found < wanted:
            name = getattr(widget, "text", lambda: "")() or widget.accessibleName()
            poor.append(f"{name} ({widget.objectName()}): {found:.1f}")
    assert poor == []


@STAGES
@THEMES
def test_every_letter_of_a_message_can_be_read(qtbot, stage, colours):
    window = stages.window(colours)
    qtbot.addWidget(window)
    window.show()
    stage(window)
    poor = set()
    for text in window.findChildren(QTextEdit):
        if not text.isVisibleTo(window):
            continue
        on_card = text.parent().objectName() == "userCard"
        paper = colours.card if on_card else colours.window
        for ink, ground, word in inks(text, colours, paper):
            found = contrast(ink, ground)
            if found < TEXT:
                poor.add(f"{word[:20]}: {ink} on {ground} is {found:.1f}")
    assert poor == set()


def inks(text, colours, paper):
    """Each run of one format in a document: ink, paper, words."""
    block = text.document().begin()
    while block.isValid():
        for run in block.textFormats():
            form, cursor = run.format, QTextCursor(block)
            ink = form.foreground()
            grounds = (
                form.background(),
                block.blockFormat().background(),
                cursor.currentFrame().frameFormat().background(),
            )
            solid = [g for g in grounds if g.style() != Qt.BrushStyle.NoBrush]
            written = ink.style() != Qt.BrushStyle.NoBrush
            yield (
                ink.color().name() if written else colours.text,
                solid[0].color().name() if solid else paper,
                block.text()[run.start : run.start + run.length],
            )
        block = block.next()


@THEMES
def test_inks_can_be_read_on_all_papers_they_are_used_on(colours):
    c = colours
    used = {
        "text": (c.window, c.sidebar, c.field, c.card, c.selection),
        "muted": (c.window, c.sidebar, c.field, c.card),
        "accent": (c.window, c.field, c.card),
        "danger": (c.window, c.field, c.card),
        "on_accent": (c.accent,),
    }
    poor = [
        (ink, paper, round(contrast(getattr(c, ink), paper), 2))
        for ink, papers in used.items()
        for paper in papers
        if contrast(getattr(c, ink), paper) < TEXT
    ]
    assert poor == []


@THEMES
def test_the_ring_around_what_has_the_keyboard_stands_out(colours):
    for paper in (colours.window, colours.sidebar, colours.field, colours.card):
        assert contrast(colours.accent, paper) >= LARGE


def test_a_measure_of_what_is_known(qtbot):
    """Grey #767676 on white is the classic 4.54."""
    application = QApplication.instance()
    theme.apply(application, LIGHT)
    label = QLabel("Words")
    qtbot.addWidget(label)
    label.setStyleSheet("color: #767676; background: #ffffff; font-size: 20px")
    label.resize(QSize(120, 40))
    label.show()
    assert drawn(picture(label), label, label) == pytest.approx(4.54, abs=0.02)
