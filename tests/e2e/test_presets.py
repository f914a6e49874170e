"""Presets: chosen for a chat, kept with it, and in the prompt; the whole program."""

import pytest

from app.domain.generation import Sampling
from app.domain.presets import Preset
from app.store.conversations import ConversationStore
from app.store.presets import PresetFile, Presets

SHORT = Preset("Short", "Be short.\n用中文回答。", Sampling(seed=7, max_tokens=60))


@pytest.fixture
def moss(start, home, demo_gguf):
    PresetFile(home / "presets.json").save(Presets((SHORT,)))
    moss = start(demo_gguf)
    moss.until_ready()
    return moss


def told(moss):
    """The prefix of the exact prompt behind the last reply."""
    chat, reply = moss.controller.open_chat, moss.messages[-1]
    return moss.application._messages._branching.prompt(chat, reply.id)[0].text


def choose(moss, name):
    menu = moss.panel.composer.preset.menu()
    next(a for a in menu.actions() if a.text() == name).trigger()


def test_a_preset_is_in_the_prompt_and_kept_with_the_chat(start, moss, demo_gguf):
    choose(moss, "Short")
    assert "48" in moss.ask("What is 6*8?").text
    assert "- Be short.\n- 用中文回答。\nCapabilities and tools" in told(moss)
    made = moss.messages[-1].provenance
    assert (made.instruction, made.sampling.seed) == (SHORT.instruction, 7)
    chat = moss.controller.open_chat
    choose(moss, "Standard")
    moss.ask("What is 6*7?")
    assert "Be short." not in told(moss)
    choose(moss, "Short")
    moss.controller.show_chat(None)
    assert moss.panel.composer.preset.text() == "Short"
    choose(moss, "Standard")
    moss.window.close()
    moss.application.close()
    again = start(demo_gguf)
    assert again.panel.composer.preset.current is None
    again.controller.show_chat(chat)
    assert again.panel.composer.preset.current == SHORT


def test_values_of_one_chat_and_the_ledger(moss):
    moss.ask("What is 6*8?")
    composer, counting = moss.panel.composer, moss.application.composing._counting
    moss.until(lambda: composer._ledger.exact and not counting.waits)
    before = composer._ledger.prefix
    dialog = moss.application.presets.open(with_chat=True)
    dialog.form.instruction.setPlainText("Always answer in the form of a haiku.")
    dialog.accept()
    assert composer.preset.text() == "This chat only"
    moss.until(lambda: composer._ledger.prefix > before and composer._ledger.exact)
    own = ConversationStore(moss.application._database).preset(
        moss.controller.open_chat
    )
    assert own.instruction == "Always answer in the form of a haiku."
    moss.controller.show_chat(None)
    assert composer.preset.text() == "Standard"
