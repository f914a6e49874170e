"""Commands as models write them, and the results they are given."""

import re
import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given, settings, strategies as st

from app.domain import written_calls
from app.domain.tools import (
    MAX_COMMANDS,
    Command,
    Tool,
    ToolCall,
    ToolFailure,
    ToolState,
    parse_commands,
    plan_calls,
    results_field,
)


def read(text: str) -> list[str]:
    return [command.text() for command in parse_commands(text)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "None",
        " None ",
        "None.",
        "none",
        "Non",
        "None\n",
        "None (no tool is needed)",
        'None (Calculate("1+1") is too simple)',
        'None. I know what Search("x") would find.',
        "None because the question is clear",
        "No commands",
        "Calculate",
        "Calculate(",
        "Calculate()",
        "Calculate(1+1)",
        'Calculate("1+1',
        'Calculate("1+1"',
        'Count("a")',
        'calculate("1+1")',
        'MyCalculate("1+1")',
        'Calculate2("1+1")',
        '("1+1")',
        "<|Results|>: None",
    ],
)
def test_no_command(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        # As taught.
        ('Calculate("37*48")', ['Calculate("37*48")']),
        ('Search("a"), Search("b")', ['Search("a")', 'Search("b")']),
        ('Solve("x=1"), Calculate("2")', ['Solve("x=1")', 'Calculate("2")']),
        ('Text2Image("a fox holding a card")', None),
        ('Search("")', None),
        # Separators.
        ('Calculate("1"), None', ['Calculate("1")']),
        ('Calculate("1"),\nSolve("x=1"),\n', ['Calculate("1")', 'Solve("x=1")']),
        ('Calculate("1").', ['Calculate("1")']),
        ('Calculate("1"); Calculate("2")', ['Calculate("1")', 'Calculate("2")']),
        ('Calculate("1") Calculate("2")', ['Calculate("1")', 'Calculate("2")']),
        ('Search("北京")，Search("上海")', ['Search("北京")', 'Search("上海")']),
        ('None, Search("x")', ['Search("x")']),
        ('None\nSearch("x")', ['Search("x")']),
        # Blanks.
        (' Calculate( "1" ) ,Solve ("x=1" )', ['Calculate("1")', 'Solve("x=1")']),
        ('Search("a\nb")', None),
        # Lists, comments, prose.
        (
            '1. Calculate("1") # the "sum" of Search("a")\n2. Solve("x=1") # root',
            ['Calculate("1")', 'Solve("x=1")'],
        ),
        (
            'Calculate("1"), # first\nCalculate("2")',
            ['Calculate("1")', 'Calculate("2")'],
        ),
        ('- Calculate("1")\n- Calculate("2")', ['Calculate("1")', 'Calculate("2")']),
        ('I would use Calculate("1")', ['Calculate("1")']),
        ('Calculate("1") to get it', ['Calculate("1")']),
        ('Calculate("1") and then Solve("x=1")', ['Calculate("1")', 'Solve("x=1")']),
        (
            'Calculate("1") to get it\nSolve("x=1") for the rest',
            ['Calculate("1")', 'Solve("x=1")'],
        ),
        ('total = Calculate("1")', ['Calculate("1")']),
        ('print(Calculate("1"))', ['Calculate("1")']),
        # Unknown names.
        ('Count("a"), Search("b"), Fly("c")', ['Search("b")']),
        # Other quotes.
        ("Search('it')", ['Search("it")']),
        ("Search('it's fine')", ['Search("it\'s fine")']),
        ("Search('say \"it\"')", ['Search("say "it"")']),
        ("Search(“北京天气”)", ['Search("北京天气")']),
        ('Search（"北京天气"）', ['Search("北京天气")']),
        ('Search(query="a"), Solve(equation = "x=1")', ['Search("a")', 'Solve("x=1")']),
        # Quotes and brackets within.
        ('Calculate("max(1,2)*(3+4)")', None),
        ('Search("who said "I have a dream"?")', None),
        ('Search("Did "Tom", "Dick" and "Harry" meet?")', None),
        ('Search("the "Attention (2017)" paper")', None),
        ('Search("f("x"), g")', None),
        ('Search("a (b "c") d")', None),
        ('Search(":("), Search(":)")', ['Search(":(")', 'Search(":)")']),
        ('Calculate("(1+2"), Solve("x=1")', ['Calculate("(1+2")', 'Solve("x=1")']),
        ('Search("5" disk, 3" disk")', None),
        (r'Search("\"quoted\" text")', None),
        # Python's ways to join texts.
        ('Search("a" + "b")', ['Search("ab")']),
        ("Search('a ' + \"b\"), Search('c')", ['Search("a b")', 'Search("c")']),
        ('Search("in " + country + " now")', ['Search("in  now")']),
        ('Calculate("2*" + 35)', ['Calculate("2*35")']),
        ('Calculate("2*" + str(x)), Solve("x=1")', ['Calculate("2*")', 'Solve("x=1")']),
        ('Search("in {}".format("Paris"))', ['Search("in Paris")']),
        ("Search('{}, {}'.format('a', 7))", ['Search("a, 7")']),
        ('Search("{1} {0} {n:.2f}".format("a", "b", n=2))', ['Search("b a 2")']),
        (
            'Search("in {}".format(city)), Solve("x=1")',
            ['Search("in ")', 'Solve("x=1")'],
        ),
        (
            'Search("in {}".format(f(x))), Solve("x=1")',
            ['Search("in ")', 'Solve("x=1")'],
        ),
        ('Search("{0.__class__}".format("a"))', ['Search("a")']),
        ('Search("{} {} {}".format("a"))', ['Search("a  ")']),
    ],
)
def test_commands(text: str, commands: list[str] | None) -> None:
    assert read(text) == ([text] if commands is None else commands)


arguments = st.text(st.characters(exclude_characters='"'), max_size=20)


@given(st.lists(st.builds(Command, st.sampled_from(Tool), arguments), max_size=6))
def test_what_is_written_as_taught_is_read_back(commands: list[Command]) -> None:
    text = ", ".join(command.text() for command in commands)
    assert list(parse_commands(text)) == commands


pieces = st.sampled_from(
    [*"aA\"'“”()+#,;.\n {}=1", "Search(", ".format(", "None", 'Calculate("', '")', "你"]
)


@settings(max_examples=200)
@given(st.lists(pieces).map("".join) | st.text())
def test_any_text_is_read(text: str) -> None:
    for command in parse_commands(text):
        assert isinstance(command.tool, Tool)
        # No part of a command is read twice.
        assert len(command.argument) <= len(text)


class Counted:
    """A regular expression that counts the characters it takes and its calls."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.work = 0

    def match(self, text: str, position: int = 0) -> re.Match[str] | None:
        return self._counted(self._pattern.match(text, position))

    def search(self, text: str, position: int) -> re.Match[str] | None:
        match = self._pattern.search(text, position)
        self.work += (match.start() if match else len(text)) - position
        return self._counted(match)

    def _counted(self, match: re.Match[str] | None) -> re.Match[str] | None:
        self.work += 1 + (match.end() - match.start() if match else 0)
        return match


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """How many steps reading a text takes: calls, and characters that are matched."""
    patterns: list[Counted] = []

    def counted(pattern: re.Pattern[str]) -> Counted:
        patterns.append(Counted(pattern))
        return patterns[-1]

    for name in ("_OPENING", "_CLOSING", "_PLUS", "_FORMAT", "_OPERAND", "_COMMENT"):
        monkeypatch.setattr(written_calls, name, counted(getattr(written_calls, name)))
    before = {key: counted(p) for key, p in written_calls._BEFORE.items()}
    monkeypatch.setattr(written_calls, "_BEFORE", before)

    def measure(text: str) -> int:
        calls = 0

        def note(_frame: FrameType, _event: str, _argument: object) -> None:
            nonlocal calls
            calls += 1

        for pattern in patterns:
            pattern.work = 0
        previous = sys.getprofile()
        sys.setprofile(note)
        try:
            parse_commands(text)
        finally:
            sys.setprofile(previous)
        return calls + sum(pattern.work for pattern in patterns)

    return measure


HARD = [
    'A("',
    '"',
    'A("x")z ',
    'A("x"),',
    'A("x") f(',
    '".format(',
    '".format("a", ',
    '" + ',
    '"+1',
    "(”)x",
    '(")x',
    '") f(',
    '\\"',
    "{",
    "a",
    " ",
    "(",
    "#",
    "None, ",
]
STARTS = ["", 'Search("', "Search(“", 'Search("(', 'Search("{}".format(']


@pytest.mark.parametrize("piece", HARD)
def test_reading_takes_linear_work(piece: str, work: Callable[[str], int]) -> None:
    for start in STARTS:
        small, large = (work(start + piece * count) for count in (500, 2000))
        assert large <= 4.2 * small + 1000


@pytest.mark.parametrize("piece", ["a", '"', 'Calculate("1"), ', "(”)x", '".format('])
def test_a_hundred_kilobytes_take_some_steps_a_character(
    piece: str, work: Callable[[str], int]
) -> None:
    for start in ("Search(“", 'Search("('):
        text = start + piece * (100_000 // len(piece))
        assert work(text) <= 150 * len(text)


def command(tool: Tool, argument: str = "x") -> Command:
    return Command(tool, argument)


def test_calls_are_planned_in_the_order_of_execution() -> None:
    written = [command(tool) for tool in reversed(Tool)]
    planned = plan_calls(written, set(Tool))
    assert [call.tool for call in planned] == list(Tool)


def test_only_what_is_enabled_is_planned() -> None:
    written = [command(Tool.SEARCH), command(Tool.SOLVE)]
    assert plan_calls(written, {Tool.SOLVE}) == (command(Tool.SOLVE),)
    assert plan_calls(written, ()) == ()


def test_the_first_commands_are_kept() -> None:
    written = [command(Tool.SOLVE, str(number)) for number in range(9)]
    written.insert(3, command(Tool.CALCULATE))
    planned = plan_calls([command(Tool.SEARCH), *written], {Tool.SOLVE, Tool.CALCULATE})
    assert len(planned) == MAX_COMMANDS
    assert [call.argument for call in planned] == ["x", "0", "1", "2"]


def test_one_picture_a_turn() -> None:
    written = [command(Tool.TEXT_TO_IMAGE, text) for text in "ab"]
    assert plan_calls(written, set(Tool)) == (command(Tool.TEXT_TO_IMAGE, "a"),)


def done(tool: Tool, argument: str, result: str) -> ToolCall:
    return ToolCall(command(tool, argument), ToolState.DONE, result)


@pytest.mark.parametrize(
    ("calls", "field"),
    [
        ([], " None"),
        (
            [done(Tool.CALCULATE, "12*sqrt(3)", "20.784609690826528")],
            "\nCalculate(\"12*sqrt(3)\") => '20.784609690826528'\n",
        ),
        (
            [done(Tool.SOLVE, "x+y=35;2x+4y=94", "x = 23\ny = 12")],
            '\nSolve("x+y=35;2x+4y=94") =>\nx = 23\ny = 12\n',
        ),
        (
            [ToolCall.failed(command(Tool.CALCULATE), ToolFailure.TOO_LARGE)],
            "\nCalculate(\"x\") => 'No result.'\n",
        ),
        (
            [ToolCall.failed(command(Tool.SOLVE), ToolFailure.TIME_LIMIT)],
            '\nSolve("x") =>\nNo result.\n',
        ),
        (
            [done(Tool.CALCULATE, "1+1", "2"), done(Tool.CALCULATE, "2+2", "4")],
            "\nCalculate(\"1+1\") => '2'\nCalculate(\"2+2\") => '4'\n",
        ),
        (
            [done(Tool.TEXT_TO_IMAGE, "a fox", "fox.png")],
            " Image generated successfully.",
        ),
        (
            [ToolCall.failed(command(Tool.TEXT_TO_IMAGE), ToolFailure.UNAVAILABLE)],
            '\nText2Image("x") =>\nNo result.\n',
        ),
    ],
)
def test_results(calls: list[ToolCall], field: str) -> None:
    assert results_field(calls) == field
