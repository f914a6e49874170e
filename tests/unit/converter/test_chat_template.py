from hashlib import sha256

import jinja2
import pytest

from converter.chat_template import META_INSTRUCTION, chat_template
from converter.metadata import Form

TOOLS_OFF = """\
- Web search: disabled.
- Calculator: disabled.
- Equation solver: disabled.
- Text-to-image: disabled.
- Image edition: disabled.
- Text-to-speech: disabled.
"""
CHAT = [
    {"role": "user", "content": "你好\n{{ 'x' }} it's"},
    {"role": "assistant", "content": " Hello! "},
    {"role": "user", "content": "Bye"},
]


def render(form, messages, *, prompt=True):
    # As llama.cpp and transformers set Jinja up.
    environment = jinja2.Environment(  # noqa: S701 -- text, not HTML
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string(chat_template(form))
    return template.render(messages=messages, add_generation_prompt=prompt)


def test_the_meta_instruction_is_the_published_one():
    digest = sha256(META_INSTRUCTION.encode()).hexdigest()
    assert len(META_INSTRUCTION) == 1025
    assert digest.startswith("6c15b110")
    assert digest.endswith("7772f")


def test_sft():
    assert render(Form.SFT, CHAT) == (
        META_INSTRUCTION
        + "<|Human|>: 你好\n{{ 'x' }} it's<eoh>\n<|MOSS|>: Hello!<eom>\n"
        + "<|Human|>: Bye<eoh>\n<|MOSS|>:"
    )


def test_plugin_without_tools():
    fields = (
        "<|Inner Thoughts|>: None<eot>\n<|Commands|>: None<eoc>\n"
        "<|Results|>: None<eor>\n"
    )
    assert render(Form.PLUGIN, CHAT) == (
        META_INSTRUCTION
        + TOOLS_OFF
        + f"<|Human|>: 你好\n{{{{ 'x' }}}} it's<eoh>\n{fields}<|MOSS|>: Hello!<eom>\n"
        + f"<|Human|>: Bye<eoh>\n{fields}<|MOSS|>:"
    )


@pytest.mark.parametrize("form", [Form.SFT, Form.PLUGIN])
def test_a_system_message_takes_the_place_of_the_meta_instruction(form):
    messages = [{"role": "system", "content": "You are a cat.\n"}, *CHAT[2:]]
    assert render(form, messages).startswith("You are a cat.\n<|Human|>: Bye<eoh>\n")


def test_without_a_prompt_the_text_ends_with_the_last_message():
    assert render(Form.SFT, CHAT[:2], prompt=False).endswith("<|MOSS|>: Hello!<eom>\n")


def test_base_has_no_dialogue():
    assert chat_template(Form.BASE) is None
