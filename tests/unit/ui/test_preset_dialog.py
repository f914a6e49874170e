"""The dialog of presets, and the button that names the chat's."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QDialogButtonBox

from app.domain.generation import Sampling
from app.domain.presets import STANDARD, Preset
from app.ui.chat.preset_button import PresetButton
from app.ui.icons import Icons
from app.ui.preset_dialog import PresetDialog
from app.ui.theme import LIGHT
from tests.conftest import ROOT

PIRATE = Preset("Pirate & Co", "Talk like one.", Sampling(1.2, mirostat_tau=5.0))
SHORT = Preset("Short", "Be short.", Sampling(seed=7))


@pytest.fixture
def make(qtbot):
    def make(chat=None, *, with_chat=True, presets=(PIRATE, SHORT)):
        dialog = PresetDialog(presets, chat)
        qtbot.addWidget(dialog)
        dialog.begin(with_chat=with_chat)
        dialog.decisions = []
        dialog.decided.connect(lambda *values: dialog.decisions.append(values))
        dialog.show()
        return dialog

    return make


def ok(dialog):
    box = dialog.findChild(QDialogButtonBox)
    box.button(QDialogButtonBox.StandardButton.Ok).click()
    (decision,) = dialog.decisions
    return decision


@pytest.mark.parametrize("chat", [None, PIRATE, Preset("", "Own."), Preset("Gone")])
def test_what_is_only_looked_at_stays_as_it_is(make, chat):
    dialog = make(chat)
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
    assert ok(dialog) == ((PIRATE, SHORT), chat)


def test_the_list_begins_with_the_chat_and_the_built_in_one(make):
    dialog = make(PIRATE, with_chat=False)
    names = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert names == ["This chat", "Standard", "Pirate & Co", "Short"]
    assert dialog.list.currentRow() == 2
    assert make(None, with_chat=False).list.currentRow() == 1
    assert make(Preset("Gone"), with_chat=False).list.currentRow() == 1


def test_the_built_in_one_cannot_be_changed(make):
    dialog = make()
    dialog.list.setCurrentRow(1)
    assert not dialog.form.temperature.isEnabled()
    assert dialog.form.instruction.isReadOnly()
    assert not dialog.delete.isEnabled()
    assert dialog.form.preset.sampling == STANDARD.sampling


def test_values_for_the_chat_alone(make):
    dialog = make(PIRATE)
    assert not dialog.form.name.isVisible()
    dialog.form.temperature.setValue(0.3)
    presets, chat = ok(dialog)
    assert presets == (PIRATE, SHORT)
    assert chat == replace(
        PIRATE, name="", sampling=replace(PIRATE.sampling, temperature=0.3)
    )


def test_changed_back_it_is_the_preset_again(make):
    dialog = make(PIRATE)
    dialog.form.top_k.setValue(3)
    dialog.form.top_k.setValue(40)
    assert ok(dialog)[1] == PIRATE
    dialog = make(PIRATE)
    dialog.form.instruction.setPlainText("")
    dialog.form.temperature.setValue(0.7)
    assert ok(dialog)[1] == replace(STANDARD, sampling=Sampling(mirostat_tau=5.0))


def test_values_like_the_built_in_ones_are_the_built_in_one(make):
    dialog = make(Preset("", "Own."))
    dialog.form.instruction.setPlainText("")
    assert ok(dialog)[1] is None


def test_a_preset_is_changed_and_the_open_chat_follows(make):
    dialog = make(SHORT, with_chat=False)
    assert dialog.list.currentRow() == 3
    dialog.form.name.setText("Brief")
    dialog.form.name.textEdited.emit("Brief")
    dialog.form.seed.clear()
    dialog.form.min_p.setValue(0.05)
    assert dialog.list.item(3).text() == "Brief"
    changed = Preset("Brief", "Be short.", Sampling(min_p=0.05))
    assert ok(dialog) == ((PIRATE, changed), changed)


def test_a_new_one_is_a_copy_of_what_is_shown(make):
    dialog = make(Preset("", "Own.", Sampling(top_p=0.5)))
    dialog.new.click()
    assert dialog.form.name.hasFocus() or dialog.form.name.selectedText()
    dialog.new.click()
    presets, chat = ok(dialog)
    assert presets[2:] == (
        Preset("New preset", "Own.", Sampling(top_p=0.5)),
        Preset("New preset 2", "Own.", Sampling(top_p=0.5)),
    )
    assert chat == Preset("", "Own.", Sampling(top_p=0.5))


def test_a_preset_is_deleted_and_chats_keep_theirs(make):
    dialog = make(SHORT)
    dialog.list.setCurrentRow(3)
    dialog.delete.click()
    assert dialog.list.currentRow() == 2
    assert dialog.form.name.text() == "Pirate & Co"
    dialog.delete.click()
    assert dialog.list.currentRow() == 1
    assert ok(dialog) == ((), SHORT)


def test_no_two_have_a_name_and_none_has_none(make):
    dialog = make()
    dialog.list.setCurrentRow(3)
    dialog.form.name.setText("  ")
    dialog.form.name.textEdited.emit("  ")
    dialog.list.setCurrentRow(2)
    dialog.form.name.setText(" Short ")
    dialog.form.name.textEdited.emit(" Short ")
    presets, _ = ok(dialog)
    assert [each.name for each in presets] == ["Short", "Short 2"]


def test_the_button_names_the_preset_and_offers_the_others(qtbot):
    button = PresetButton(Icons(ROOT / "resources/icons", LIGHT.text))
    qtbot.addWidget(button)
    chosen = []
    button.chosen.connect(chosen.append)
    button.show_presets((PIRATE, SHORT), PIRATE)
    button.recolour()
    assert button.text() == "Pirate && Co"
    assert button.accessibleName() == "Preset: Pirate & Co"
    actions = [a for a in button.menu().actions() if not a.isSeparator()]
    assert [a.text() for a in actions] == [
        "Standard",
        "Pirate && Co",
        "Short",
        "Adjust for this chat…",
        "Presets…",
    ]
    assert [a.isChecked() for a in actions] == [False, True, False, False, False]
    actions[2].trigger()
    actions[0].trigger()
    assert chosen == [SHORT, None]
    button.show_presets((), Preset("", "Own."))
    assert button.text() == "This chat only"
    own = next(a for a in button.menu().actions() if a.isChecked())
    assert own.text() == "This chat only"
    with qtbot.waitSignals([button.adjust_requested, button.manage_requested]):
        for action in button.menu().actions()[-2:]:
            action.trigger()
