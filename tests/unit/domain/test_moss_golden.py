"""MOSS's prompts written out, as the protocol's description has them.

Nothing here is taken from the renderer but what is compared.
"""

import json
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings, strategies as st

from app.domain import moss
from app.domain.generation import Segment
from app.domain.moss import (
    Dialogue,
    Field,
    Form,
    PrefixOptions,
    ReplyParser,
    Turn,
    turns_of,
)
from app.domain.moss.dialogue import NoDialogueError, render
from app.domain.moss.training import dialogue_from
from app.domain.tools import Tool

TOOL_LINES = [
    (
        Tool.SEARCH,
        "- Web search: disabled.\n",
        "- Web search: enabled. API: Search(query)\n",
    ),
    (
        Tool.CALCULATE,
        "- Calculator: disabled.\n",
        "- Calculator: enabled. API: Calculate(expression)\n",
    ),
    (
        Tool.SOLVE,
        "- Equation solver: disabled.\n",
        "- Equation solver: enabled. API: Solve(equation)\n",
    ),
    (
        Tool.TEXT_TO_IMAGE,
        "- Text-to-image: disabled.\n",
        "- Text-to-image: enabled. API: Text2Image(description)\n",
    ),
]
NEVER_ON = "- Image edition: disabled.\n- Text-to-speech: disabled.\n"
THOUGHTS = {
    None: "",
    True: "- Inner thoughts: enabled.\n",
    False: "- Inner thoughts: disabled.\n",
}
DATES = {None: "", date(2023, 4, 1): "- Current date: 2023-04-01.\n"}
HISTORY = [
    Turn(
        "2+2?",
        thoughts="It is a sum.",
        commands='Calculate("2+2")',
        results="\nCalculate(\"2+2\") => '4'\n",
        answer="4",
    ),
    Turn("你好", answer="你好！\nHello."),
]
PLUGIN_HISTORY = (
    "<|Human|>: 2+2?<eoh>\n"
    "<|Inner Thoughts|>: It is a sum.<eot>\n"
    '<|Commands|>: Calculate("2+2")<eoc>\n'
    "<|Results|>:\nCalculate(\"2+2\") => '4'\n<eor>\n"
    "<|MOSS|>: 4<eom>\n"
    "<|Human|>: 你好<eoh>\n"
    "<|Inner Thoughts|>: None<eot>\n"
    "<|Commands|>: None<eoc>\n"
    "<|Results|>: None<eor>\n"
    "<|MOSS|>: 你好！\nHello.<eom>\n"
)
SFT_HISTORY = (
    "<|Human|>: 2+2?<eoh>\n<|MOSS|>: 4<eom>\n"
    "<|Human|>: 你好<eoh>\n<|MOSS|>: 你好！\nHello.<eom>\n"
)
WITHOUT_RESULTS = PLUGIN_HISTORY.replace("\nCalculate(\"2+2\") => '4'\n", " None")
SUBSETS = [
    {tool for (tool, _, _), on in zip(TOOL_LINES, chosen, strict=True) if on}
    for chosen in product((False, True), repeat=len(TOOL_LINES))
]


def text_of(segments):
    return "".join(segment.text for segment in segments)


@pytest.mark.parametrize("tools", SUBSETS, ids=range(len(SUBSETS)))
@pytest.mark.parametrize("thoughts", THOUGHTS)
@pytest.mark.parametrize("today", DATES)
@pytest.mark.parametrize("with_results", [True, False])
def test_plugin(tools, thoughts, today, with_results):
    beginning = (
        moss.META_INSTRUCTION
        + THOUGHTS[thoughts]
        + "".join(on if tool in tools else off for tool, off, on in TOOL_LINES)
        + NEVER_ON
        + DATES[today]
    )
    options = PrefixOptions(inner_thoughts=thoughts, today=today)
    history = HISTORY if with_results else moss.without_results(HISTORY)
    past = PLUGIN_HISTORY if with_results else WITHOUT_RESULTS
    first = moss.stage_one(Form.PLUGIN, history, "q", tools=tools, options=options)
    assert text_of(first) == beginning + past + "<|Human|>: q<eoh>\n"
    turn = Turn("q", "t", 'Solve("x=1")', '\nSolve("x=1") =>\nx = 1\n')
    second = moss.stage_two(history, turn, tools, options=options)
    assert text_of(second) == (
        beginning
        + past
        + "<|Human|>: q<eoh>\n"
        + "<|Inner Thoughts|>: t<eot>\n"
        + '<|Commands|>: Solve("x=1")<eoc>\n'
        + '<|Results|>:\nSolve("x=1") =>\nx = 1\n<eor>\n'
        + "<|MOSS|>:"
    )
    opening = moss.opening(Form.PLUGIN, history, tools=tools, options=options)
    assert text_of(opening) + "\n" == beginning + past
    assert {s.text for s in second if s.control} == {
        "<eoh>",
        "<eot>",
        "<eoc>",
        "<eor>",
        "<eom>",
    }


@pytest.mark.parametrize("tools", [SUBSETS[0], SUBSETS[-1]], ids=["off", "on"])
@pytest.mark.parametrize("thoughts", THOUGHTS)
@pytest.mark.parametrize("today", DATES)
def test_sft_has_no_tool_lines(tools, thoughts, today):
    options = PrefixOptions(inner_thoughts=thoughts, today=today)
    prompt = moss.stage_one(Form.SFT, HISTORY, "q", tools=tools, options=options)
    assert text_of(prompt) == (
        moss.META_INSTRUCTION
        + THOUGHTS[thoughts]
        + DATES[today]
        + SFT_HISTORY
        + "<|Human|>: q<eoh>\n<|MOSS|>:"
    )


@pytest.mark.parametrize("thoughts", THOUGHTS)
def test_a_base_model_is_told_nothing(thoughts):
    options = PrefixOptions(inner_thoughts=thoughts, today=date(2023, 4, 1))
    prompt = moss.stage_one(
        Form.BASE, HISTORY, " 从前", tools=set(Tool), options=options
    )
    assert prompt == (Segment(" 从前"),)
    assert moss.opening(Form.BASE, HISTORY, options=options) == ()


def test_a_turn_without_tools():
    prompt = moss.stage_two((), Turn("q"), ())
    assert text_of(prompt).endswith(
        "- Text-to-speech: disabled.\n"
        "<|Human|>: q<eoh>\n<|Inner Thoughts|>: None<eot>\n<|Commands|>: None<eoc>\n"
        "<|Results|>: None<eor>\n<|MOSS|>:"
    )


# -- there and back ------------------------------------------------------------------

texts = st.text(max_size=20) | st.sampled_from(
    ["<eoh>", "\n<|MOSS|>: a<eom>\n", " a", "\n", "<|Human|>:", "None", ""]
)
results = st.sampled_from(["", " ", "\n"]).flatmap(lambda b: texts.map(lambda t: b + t))
plugin_turns = st.lists(st.builds(Turn, texts, texts, texts, results, texts))
sft_turns = st.lists(st.builds(lambda q, a: Turn(q, answer=a), texts, texts))


@given(plugin_turns | sft_turns.map(list))
def test_plugin_turns_come_back(turns):
    dialogue = Dialogue("", Form.PLUGIN, tuple(turns))
    assert turns_of(render(dialogue), Form.PLUGIN) == dialogue.turns


@given(sft_turns)
def test_sft_turns_come_back(turns):
    dialogue = Dialogue("", Form.SFT, tuple(turns))
    assert turns_of(render(dialogue), Form.SFT) == dialogue.turns


@given(plugin_turns.filter(bool), texts)
def test_the_training_layout_comes_back(turns, beginning):
    fields = [
        {
            "Human": f"<|Human|>: {turn.question}<eoh>\n",
            "Inner Thoughts": f"<|Inner Thoughts|>: {turn.thoughts}<eot>\n",
            "Commands": f"<|Commands|>: {turn.commands}<eoc>\n",
            "Tool Responses": f"<|Results|>:{turn.results}<eor>\n",
            "MOSS": f"<|MOSS|>: {turn.answer}<eom>\n",
        }
        for turn in turns
    ]
    chat = {f"turn_{index}": turn for index, turn in enumerate(fields, 1)}
    dialogue = dialogue_from({"meta_instruction": beginning, "chat": chat})
    assert dialogue.turns == tuple(turns)
    assert text_of(render(dialogue)) == beginning + "".join(
        text for turn in fields for text in turn.values()
    )


@pytest.mark.parametrize(
    "segments",
    [
        [Segment("<|Human|>: a")],
        [Segment("<|Human|>: a"), Segment("<eoh>", control=True)],
        [Segment("<|MOSS|>: a"), Segment("<eom>", control=True)] * 2,
    ],
)
def test_what_is_no_dialogue(segments):
    with pytest.raises(NoDialogueError):
        turns_of(segments, Form.SFT)


# A label at the beginning of a line would be read as one, since models forget markers.
written = texts.filter(lambda text: "<|" not in text)


def cut(text, size):
    return [text[at : at + size] for at in range(0, len(text), size)]


@settings(max_examples=60)
@given(written, written, written, st.integers(1, 7))
def test_a_streamed_reply_comes_back(thoughts, commands, answer, size):
    parts = []
    first, second = ReplyParser(), ReplyParser(Field.ANSWER)
    for piece in cut(f" <|Inner Thoughts|>: {thoughts}", size):
        parts += first.text(piece)
    parts += first.control("<eot>")
    for piece in cut(f"\n<|Commands|>: {commands}", size):
        parts += first.text(piece)
    parts += first.control("<eoc>")
    for piece in cut(f" {answer}", size):
        parts += second.text(piece)
    found = dict.fromkeys(Field, "")
    for field, text in parts:
        found[field] += text
    assert found == {
        Field.THOUGHTS: thoughts,
        Field.COMMANDS: commands,
        Field.ANSWER: answer,
    }


# -- the layout, read liberally ------------------------------------------------------

LOOKED_UP = (
    "<|Human|>: a<eoh>\n<|Inner Thoughts|>: None<eot>\n<|Commands|>: None<eoc>\n"
)
ANSWERED = "<|MOSS|>: b<eom>\n"
TURN = {"Human": "<|Human|>: a<eoh>\n", "MOSS": "<|MOSS|>: b<eom>\n"}


@pytest.mark.parametrize(
    ("turn", "text"),
    [
        (TURN, "<|Human|>: a<eoh>\n<|MOSS|>: b<eom>\n"),
        ({"MOSS": "b", "Human": "a"}, "<|Human|>: a<eoh>\n<|MOSS|>: b<eom>\n"),
        (
            {"Human": "<|Human|>: a<eom>", "MOSS": "\n<|MOSS|>: b", "x": 5},
            "<|Human|>: a<eoh>\n<|MOSS|>: b<eom>\n",
        ),
        (
            TURN | {"Commands": "<|Commands|>: None<eot>\n", "Inner Thoughts": None},
            f"{LOOKED_UP}<|Results|>: None<eor>\n<|MOSS|>: b<eom>\n",
        ),
        (
            TURN | {"Tool Responses": 'Solve("x=1") =>\nx = 1\n'},
            f'{LOOKED_UP}<|Results|>:\nSolve("x=1") =>\nx = 1\n<eor>\n{ANSWERED}',
        ),
        ({"Human": "a"}, "<|Human|>: a<eoh>\n<|MOSS|>:"),
        (
            {"Human": "a", "Commands": "None"},
            f"{LOOKED_UP}<|Results|>: None<eor>\n<|MOSS|>:",
        ),
    ],
)
def test_what_is_not_quite_the_layout(turn, text):
    for chat in ({"turn_1": turn}, [turn], json.loads(json.dumps([turn]))):
        dialogue = dialogue_from({"meta_instruction": "", "chat": chat})
        assert text_of(render(dialogue)) == text


def test_turns_are_in_the_order_of_their_numbers():
    chat = {f"turn_{n}": {"Human": str(n), "MOSS": "x"} for n in (10, 2, 1)}
    dialogue = dialogue_from({"chat": chat})
    assert [turn.question for turn in dialogue.turns] == ["1", "2", "10"]
    assert dialogue.prefix == moss.META_INSTRUCTION
