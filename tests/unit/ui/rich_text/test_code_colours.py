"""Colours of source code: all of it is there, and all of it can be read."""

import pytest
from PySide6.QtGui import QColor, QFont, QPalette

from app.ui import theme
from app.ui.rich_text import code_colours
from app.ui.rich_text.styles import Styles
from tests.contrast import contrast


@pytest.mark.parametrize(
    ("colours", "on"),
    [(code_colours.LIGHT, theme.LIGHT), (code_colours.DARK, theme.DARK)],
)
def test_every_colour_has_contrast_on_the_paper(colours, on):
    for kind, colour in colours.items():
        assert contrast(colour, on.card) >= 4.5, kind


@pytest.mark.parametrize("language", ["python", "c++", "", "klingon", "json"])
def test_no_character_is_lost(qapp, language):
    code = "\n\n  def f(x):\n\treturn 'é中'  # end  \n\n"
    styles = Styles.of(QFont(), QPalette())
    pieces = list(code_colours.coloured(code, language, styles))
    assert "".join(text for text, _ in pieces) == code
    assert (len(pieces) > 1) is (language in ("python", "c++", "json"))


def test_the_theme_decides(qapp):
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Text, QColor(theme.DARK.text))
    dark = Styles.of(QFont(), palette)
    colours = {
        style.foreground().color().name()
        for _, style in code_colours.coloured("def f(): return 1", "python", dark)
    }
    assert colours <= {*code_colours.DARK.values(), theme.DARK.text}
    assert colours & set(code_colours.DARK.values())
