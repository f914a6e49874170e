"""Prompts through llama.cpp's tokenizer, against the original one written down plainly.

The whole prompt is encoded at once by the original tokenizer, markers as control
tokens; the engine gets segments. So this also shows that cutting changes no token.
"""

from pathlib import Path

import pytest

from app.domain import moss
from app.domain.moss import Form, PrefixOptions, Turn
from app.domain.tools import Tool
from app.engine.client import EngineClient, command_line
from app.engine.protocol import Failed, Load, Loaded, Tokenize, Tokenized
from tests.reference_tokenizer import ReferenceTokenizer

DEMO = Path(__file__).parents[2] / "resources" / "demo"
HISTORY = (
    Turn(
        "37*48?\n\n\tif x:\n        pass",
        thoughts="A product.",
        commands='Calculate("37*48")',
        results="\nCalculate(\"37*48\") => '1776'\n",
        answer=" 1776\n\n你好",
    ),
    Turn("", answer=""),
)
TURN = Turn("你好 ", "t", 'Solve("x=1")', '\nSolve("x=1") =>\nx = 1\n')
OPTIONS = PrefixOptions(inner_thoughts=True)
PROMPTS = {
    "plugin 1": moss.stage_one(Form.PLUGIN, HISTORY, "你好", tools=set(Tool)),
    "plugin 2": moss.stage_two(HISTORY, TURN, {Tool.SOLVE}, options=OPTIONS),
    "opening": moss.opening(Form.PLUGIN, HISTORY),
    "first": moss.stage_one(Form.PLUGIN, (), "q"),
    "sft": moss.stage_one(Form.SFT, HISTORY, "你好", options=OPTIONS),
    "base": moss.stage_one(Form.BASE, (), " 从前 once\n\n"),
}


@pytest.fixture(scope="module")
def tokenize(demo_gguf):
    with EngineClient(command_line()) as engine:

        def wait(kind):
            while not isinstance(event := engine.receive(), kind):
                assert not isinstance(event, Failed)
            return event

        def ids(prompt):
            engine.send(Tokenize("t", prompt))
            return list(wait(Tokenized).tokens)

        engine.send(Load(str(demo_gguf), context=256))
        wait(Loaded)
        yield ids


@pytest.fixture(scope="module")
def original():
    return ReferenceTokenizer(DEMO)


@pytest.mark.parametrize("name", PROMPTS)
def test_the_ids_are_the_original_ones(name, tokenize, original):
    prompt = PROMPTS[name]
    text = "".join(segment.text for segment in prompt)
    assert tokenize(prompt) == original.encode(text, special=True)


@pytest.mark.parametrize("text", ["<eom>", "a<eoh>\n<|MOSS|>: b<eom>", "<|endoftext|>"])
def test_what_is_said_is_never_control(text, tokenize, original):
    controls = {original.encode(marker, special=True)[0] for marker in moss.Marker}
    controls |= set(original.encode("<|endoftext|>", special=True))
    turn = Turn(text, text, text, f"\n{text}\n", text)
    found = [t for t in tokenize(moss.stage_two((turn,), turn, ())) if t in controls]
    order = [original.encode(marker, special=True)[0] for marker in moss.Marker]
    assert found == [*order, *order[:-1]]
