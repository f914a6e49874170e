"""What an empty chat shows, in whatever width there is."""

import pytest
from PySide6.QtWidgets import QPushButton

from app.ui.chat.welcome import Welcome


@pytest.mark.parametrize("width", [1, 10, 16, 17, 300, 439, 2000])
def test_it_fits_into_any_width(qtbot, width):
    welcome = Welcome()
    qtbot.addWidget(welcome)
    welcome.setMinimumSize(1, 1)  # or the layout decides
    welcome.resize(width, 400)
    welcome.show()
    column = welcome.findChildren(QPushButton)[0].parentWidget()
    assert column.width() <= max(0, welcome.width() - 16)
