"""The tools as functions, the way models that are not MOSS know them: pure.

Such a model is told of functions with parameters and calls them by name. Each tool is
one with one parameter, a text; what a model makes of that is taken as far as it can be
understood.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from app.domain.generation import Function, FunctionCall
from app.domain.tools import Command, Tool, ToolCall, result_texts

FUNCTIONS: Final[Mapping[Tool, Function]] = {
    Tool.SEARCH: Function(
        "search",
        "Looks something up. Results are numbered; cite the first one as "
        "<sup>1</sup> behind what it says.",
        "query",
        "What to look for, in a few words",
    ),
    Tool.CALCULATE: Function(
        "calculate",
        "Calculates the value of an expression.",
        "expression",
        "Such as (37*48+2)/5 or sqrt(2)",
    ),
    Tool.SOLVE: Function(
        "solve",
        "Solves one equation, or several together.",
        "equations",
        "Such as x^2-2x=3, or x+y=35;2x+4y=94",
    ),
    Tool.TEXT_TO_IMAGE: Function(
        "text_to_image",
        "Draws a picture and shows it to the user.",
        "description",
        "What the picture shows, in English",
    ),
}
"""What a model is told of each tool."""
_TOOLS: Final = {function.name: tool for tool, function in FUNCTIONS.items()}
_BOUNDARY: Final = re.compile(r"<(?=/?tool)|\[(?=/?[A-Z]+_?[A-Z]*\])", re.ASCII)
"""What templates enclose results and calls in, as far as it is plain text to some."""


def declared(tools: Collection[Tool]) -> tuple[Function, ...]:
    """The functions of tools, always in the same order."""
    return tuple(FUNCTIONS[tool] for tool in Tool if tool in tools)


def called(command: Command) -> FunctionCall:
    """A command as a call."""
    function = FUNCTIONS[command.tool]
    return FunctionCall(function.name, function.parameter, command.argument)


def command_of(
    name: object, arguments: object, tools: Collection[Tool]
) -> Command | None:
    """A call as a command; None where it is none of these tools'.

    Args:
        name: What the model wrote for the function's name.
        arguments: What it wrote for the arguments: values by their names, or one text.
        tools: Those that may be called.
    """
    tool = _TOOLS.get(name) if isinstance(name, str) else None
    if tool is None or tool not in tools:
        return None
    value = arguments
    if isinstance(arguments, Mapping):
        parameter = FUNCTIONS[tool].parameter
        only = next(iter(arguments.values())) if len(arguments) == 1 else None
        value = arguments.get(parameter, only)
    text = _text(value)
    return Command(tool, text) if text.strip() else None


def answers(calls: Sequence[ToolCall]) -> tuple[str, ...]:
    """What a model is given of each call of a reply.

    Numbers of search results run on over all calls. No text from outside holds what a
    template would enclose it in.
    """
    return tuple(_BOUNDARY.sub(r"\g<0> ", text) for text in result_texts(calls))


def _text(value: object) -> str:
    """An argument as text; empty where it cannot be one."""
    if isinstance(value, str):
        # JSON knows halves of characters, which no file can hold.
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return _text(";".join(value))
    return ""
