"""The settings page: every setting is there, can be found, changed and reset."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QSpinBox,
)

from app import paths
from app.domain.generation import ModelInfo
from app.domain.hardware import Device, DeviceKind, Placement, Share
from app.services import setting_words
from app.services.hardware_words import Hardware
from app.store.declaring import Effect, Section, Unit
from app.store.settings import DECLARATIONS, Settings, Theme
from app.ui.actions import Act, Actions
from app.ui.icons import Icons
from app.ui.settings_page.page import SettingsPage

GIB = 1 << 30
CARD = Device(
    "CUDA0", "RTX 3060", DeviceKind.GPU, free=10 * GIB, total=12 * GIB,
    takes_layers=True,
)  # fmt: skip
MODEL = ModelInfo(
    path="/m", name="m", architecture="a", form="chat", demo=False, parameters=1,
    size_bytes=20 * GIB, vocabulary=2, context=2048, device="CUDA0",
    placement=Placement(
        layers=40, shares=(Share(device="CUDA0", layers=10, size=6 * GIB),)
    ),
)  # fmt: skip


@pytest.fixture
def page(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    shown = SettingsPage(Actions(window), Icons(paths.find().icons, "#000"), window)
    shown.all_edits, shown.all_resets = [], []
    shown.edited.connect(lambda key, value: shown.all_edits.append((key, value)))
    shown.reset_requested.connect(shown.all_resets.append)
    shown.show_values(Settings())
    shown.show()
    return shown


def field(page, key, kind):
    return page.rows[key].editor.findChild(kind)


def shown_keys(page):
    return {key for key, row in page.rows.items() if row.isVisible()}


def test_every_setting_has_words_and_every_word_a_setting():
    assert set(setting_words.SETTINGS) == set(DECLARATIONS)
    assert set(setting_words.SECTIONS) == set(Section)
    assert set(setting_words.UNITS) == set(Unit)
    assert set(setting_words.EFFECTS) == set(Effect)
    for declaration in DECLARATIONS.values():
        values = [value for value in declaration.choices if value is not None]
        if values:
            assert list(setting_words.VALUES[type(values[0])]) == values
        if None in declaration.choices:
            assert setting_words.SETTINGS[declaration.key].none


def test_every_setting_is_on_the_page_with_a_name_for_screen_readers(page):
    assert list(page.rows) == list(DECLARATIONS)
    for row in page.rows.values():
        focus = row.editor.focusProxy()
        assert focus.accessibleName()
        assert focus.accessibleDescription()
        assert focus.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_each_form_reports_what_is_chosen(page, qtbot):
    field(page, "compact", QCheckBox).click()
    box = field(page, "theme", QComboBox)
    box.activated.emit(2)
    field(page, "zoom", QSpinBox).setValue(150)
    field(page, "threads", QSpinBox).setValue(3)
    field(page, "threads", QSpinBox).setValue(0)
    for key, text in (("card_parts", "3，1"), ("hub_address", " https://a.cn ")):
        line = field(page, key, QLineEdit)
        line.setFocus()
        qtbot.keyClicks(line, "")
        line.setText(text)
        line.editingFinished.emit()
    assert page.all_edits == [
        ("compact", True),
        ("theme", Theme.DARK),
        ("zoom", 150),
        ("threads", 3),
        ("threads", None),
        ("card_parts", (3.0, 1.0)),
        ("hub_address", "https://a.cn"),
    ]


@pytest.mark.parametrize(
    ("key", "text"),
    [("card_parts", "a"), ("card_parts", "0, 0"), ("hub_address", "huggingface.co")],
)
def test_what_cannot_be_used_is_marked_and_not_taken(page, qtbot, key, text):
    line = field(page, key, QLineEdit)
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert page.all_edits == []
    assert line.property("wrong") is True
    assert line.toolTip()
    page.show_values(Settings())
    assert line.text() == ""
    assert line.property("wrong") is False


def test_showing_values_reports_nothing(page):
    page.show_values(
        replace(Settings(), compact=True, zoom=200, threads=2, theme=Theme.DARK)
    )
    assert page.all_edits == []
    assert field(page, "zoom", QSpinBox).value() == 200
    assert field(page, "theme", QComboBox).currentIndex() == 2


def test_what_was_changed_is_marked_and_can_be_reset(page, qtbot):
    page.show_values(replace(Settings(), zoom=200))
    row = page.rows["zoom"]
    assert row.property("changed") is True
    assert "changed" in row.editor.focusProxy().accessibleName()
    assert "100 %" in row._reset.toolTip()
    qtbot.mouseClick(row._reset, Qt.MouseButton.LeftButton)
    assert page.all_resets == ["zoom"]
    page.show_values(Settings())
    assert row.property("changed") is False
    assert not row._reset.isVisible()


def test_resetting_all_can_be_taken_back(page):
    said = []
    page.all_reset.connect(lambda: said.append("reset"))
    page.undo_requested.connect(lambda: said.append("undo"))
    assert not page._reset.isEnabled()
    page.show_values(replace(Settings(), zoom=200))
    page._reset.click()
    page.show_values(Settings())
    page._reset.click()
    assert said == ["reset", "undo"]


def test_a_search_leaves_over_what_it_finds(page):
    page.search.setText("theme")
    assert shown_keys(page) == {"theme"}
    page.search.setText("hf-mirror")
    assert shown_keys(page) == {"mirror"}
    page.search.setText("download limit")
    assert shown_keys(page) == {"download_rate"}
    page.search.setText("nothing has these words")
    assert shown_keys(page) == set()
    assert page._nothing.isVisible()
    page.search.setText("")
    assert shown_keys(page) == set(DECLARATIONS)


def test_what_has_a_dialog_of_its_own_is_found_too(page, qtbot):
    page.search.setText("backup")
    [button] = [
        button
        for view in page._sections
        for act, button in view._links.items()
        if act is Act.BACKUPS
    ]
    assert button.isVisible()
    with qtbot.waitSignal(page._actions.wanted) as caught:
        button.click()
    assert caught.args == [Act.BACKUPS]


def test_enter_presses_no_button(page):
    assert not any(b.autoDefault() for b in page.findChildren(QPushButton))


def test_the_wheel_scrolls_and_changes_nothing(page):
    box = field(page, "zoom", QSpinBox)
    page.search.setFocus()
    down, place = QPoint(0, -120), QPointF(5, 5)
    event = QWheelEvent(
        place, place, down, down, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,  # noqa: FBT003 -- Qt's own form
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert box.value() == 100
    assert page.all_edits == []


def test_going_to_a_setting_gives_it_the_keyboard(page):
    page.activateWindow()
    page.search.setText("theme")
    page.show_setting("backups_kept")
    assert page.search.text() == ""
    assert page.focusWidget() is field(page, "backups_kept", QSpinBox)


def test_layers_say_what_they_take(page):
    page.show_hardware(Hardware((CARD,), MODEL))
    note = page.rows["gpu_layers"]._note
    assert note.text().startswith(
        "10 of the 40 layers of this model take about 6.0 GiB"
    )
    slider = page.rows["gpu_layers"].editor.slider
    assert (slider.minimum(), slider.maximum()) == (-1, 40)
    slider.setValue(20)
    assert page.all_edits == [("gpu_layers", 20)]
    page.show_values(replace(Settings(), gpu_layers=20))
    assert "20 of the 40 layers of this model take about 12.0 GiB" in note.text()
    assert "more than the 10.0 GiB" in note.text()
    page.show_hardware(Hardware((), MODEL))
    assert "the processor does all the work" in note.text()
    assert slider.isHidden()


def test_in_a_narrow_window_everything_still_fits(page, qtbot):
    page.resize(320, 500)
    qtbot.waitUntil(lambda: page._scroll.viewport().width() < 320)
    assert page._list.isHidden()
    qtbot.waitUntil(
        lambda: all(
            row.width() <= page._scroll.viewport().width() for row in page.rows.values()
        )
    )
