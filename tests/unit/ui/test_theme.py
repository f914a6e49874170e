"""The themes' colours; whether they can be told apart is in `test_contrast`."""

from dataclasses import fields

from PySide6.QtGui import QColor

from app.ui.theme import DARK, LIGHT


def test_every_colour_is_one():
    for theme in (LIGHT, DARK):
        assert all(QColor(getattr(theme, f.name)).isValid() for f in fields(theme))
