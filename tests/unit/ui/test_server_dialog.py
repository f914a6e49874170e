"""The dialog for a server: what it asks, what it says, and that it sends nothing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit

from app.domain.errors import ErrorCode, UserError
from app.domain.remote import RemoteModel, ServerKey
from app.ui.server_dialog import ServerChoice, ServerDialog
from app.ui.words import short_place


@pytest.fixture
def make(qtbot):
    dialogs = []

    def make(present=None):
        dialog = ServerDialog(present)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        dialog.asked, dialog.connected = [], []
        dialog.models_requested.connect(dialog.asked.append)
        dialog.chosen.connect(dialog.connected.append)
        dialogs.append(dialog)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def type_into(qtbot, field, text):
    field.setText("")
    qtbot.keyClicks(field, text)


def connect(qtbot, dialog):
    qtbot.mouseClick(dialog._connect, Qt.MouseButton.LeftButton)


def test_nothing_can_be_asked_without_an_address(qtbot, make):
    dialog = make()
    assert not dialog._ask.isEnabled()
    assert not dialog._connect.isEnabled()
    type_into(qtbot, dialog._address, "https://host")
    assert dialog._ask.isEnabled()
    assert dialog._connect.isEnabled()
    assert (dialog.asked, dialog.connected) == ([], [])


def test_a_servers_models_are_asked_for_by_a_button(qtbot, make):
    dialog = make()
    type_into(qtbot, dialog._address, "https://host:8443/v1#ignored")
    type_into(qtbot, dialog._key, "sk-key")
    qtbot.mouseClick(dialog._ask, Qt.MouseButton.LeftButton)
    server = RemoteModel("https", "host", 8443)
    assert dialog.asked == [ServerChoice(server, ServerKey("sk-key"))]
    assert "host:8443" in dialog._note.text()
    assert not dialog._ask.isEnabled()
    dialog.show_models(("a", "b/c"))
    assert dialog._ask.isEnabled()
    assert dialog._note.text().endswith(" 2")
    assert dialog._model.currentText() == "a"
    dialog._model.setCurrentText("b/c")
    dialog.show_models(("a", "b/c"))
    assert dialog._model.currentText() == "b/c"


def test_a_server_without_models(qtbot, make):
    dialog = make(RemoteModel("https", "host", 443, model="mine"))
    dialog.show_models(())
    assert dialog._note.text().endswith(" 0")
    assert dialog._model.currentText() == "mine"


def test_what_is_chosen(qtbot, make):
    dialog = make()
    type_into(qtbot, dialog._address, " https://host ")
    dialog._model.setCurrentText(" moss ")
    dialog._form.setCurrentIndex(dialog._form.findData("sft"))
    dialog._context.setValue(4096)
    connect(qtbot, dialog)
    model = RemoteModel("https", "host", 443, model="moss", form="sft", context=4096)
    assert dialog.connected == [ServerChoice(model)]
    assert dialog.isHidden()


def test_enter_connects(qtbot, make):
    dialog = make()
    type_into(qtbot, dialog._address, "http://127.0.0.1:8080")
    qtbot.keyClick(dialog._address, Qt.Key.Key_Return)
    assert dialog.connected == [ServerChoice(RemoteModel("http", "127.0.0.1", 8080))]
    assert dialog.asked == []


@pytest.mark.parametrize("address", ["host", "http://192.0.2.1", "https://me:pw@host"])
def test_an_address_that_cannot_be_used_is_said(qtbot, make, address):
    dialog = make()
    type_into(qtbot, dialog._address, address)
    connect(qtbot, dialog)
    qtbot.mouseClick(dialog._ask, Qt.MouseButton.LeftButton)
    assert (dialog.asked, dialog.connected) == ([], [])
    assert dialog.isVisible()
    assert dialog._problem.isVisible()
    assert ":pw@" not in dialog._problem.text()
    type_into(qtbot, dialog._address, "https://host")
    assert dialog._problem.isHidden()


def test_a_problem_is_said_in_words(qtbot, make):
    dialog = make(RemoteModel("https", "host", 443))
    qtbot.mouseClick(dialog._ask, Qt.MouseButton.LeftButton)
    dialog.show_problem(UserError(ErrorCode.SERVER_KEY, "host: HTTP 401"))
    assert "host: HTTP 401" in dialog._problem.text()
    assert dialog._note.isHidden()
    assert dialog._ask.isEnabled()


def test_it_begins_with_what_is_there(make):
    present = RemoteModel("https", "host", 443, model="m", form="base", context=99)
    dialog = make(present)
    choice = dialog._choice()
    assert choice == ServerChoice(present)


def test_a_key_is_not_shown(make):
    assert make()._key.echoMode() is QLineEdit.EchoMode.Password


def test_cancel_chooses_nothing(qtbot, make):
    dialog = make(RemoteModel("https", "host", 443))
    cancel = dialog._buttons.button(QDialogButtonBox.StandardButton.Cancel)
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert dialog.connected == []
    assert dialog.isHidden()


def test_a_long_name_leaves_room_for_the_rest():
    long = "a" * 200 + ".example:8443"
    assert len(short_place(long)) == 40
    assert short_place(long).endswith(".example:8443")
    assert short_place("127.0.0.1:8080") == "127.0.0.1:8080"
