from dataclasses import fields

import pytest
from PySide6.QtGui import QColor

from app.ui.theme import DARK, LIGHT


def luminance(name):
    """Relative luminance, as in WCAG 2.1."""
    channels = QColor(name).getRgbF()[:3]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, two):
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["text", "muted"])
@pytest.mark.parametrize("paper", ["window", "sidebar", "field", "card"])
def test_words_can_be_read(theme, ink, paper):
    assert contrast(getattr(theme, ink), getattr(theme, paper)) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_on_colours_can_be_read(theme):
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert contrast(theme.text, theme.selection) >= 4.5


def test_every_colour_is_one():
    for theme in (LIGHT, DARK):
        assert all(QColor(getattr(theme, f.name)).isValid() for f in fields(theme))
