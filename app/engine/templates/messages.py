"""Messages, functions and calls in the form that chat templates know them by.

The form is OpenAI's, as Hugging Face's `apply_chat_template` hands it on. Templates
differ in two things: whether the arguments of a call are an object or JSON in a text,
and whether an answer may have several calls.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.domain.generation import Function, FunctionCall, Segment, Speaker
from app.engine.templates.marked_text import MarkedText


@dataclass(frozen=True, slots=True)
class Shape:
    """How a template wants calls.

    Attributes:
        in_text: Whether arguments are JSON in a text.
        one_by_one: Whether each call is a message of its own, its result behind it.
    """

    in_text: bool = False
    one_by_one: bool = False


PLAIN: Final = Shape()


def functions_of(messages: Sequence[Segment]) -> list[dict[str, Any]] | None:
    """The functions that may be called in a chat; None where there are none."""
    declared = [_declaration(each) for m in messages for each in m.functions]
    return declared or None


def as_dicts(messages: Sequence[Segment], shape: Shape) -> Iterator[dict[str, Any]]:
    """The messages of a chat.

    A call's id has the nine letters and digits that Mistral's templates ask for, and
    is counted from each question, so that it stays what it is when the chat loses its
    oldest turns.
    """
    count = 0
    waiting: list[dict[str, Any]] = []
    for message in messages:
        match message.speaker:
            case Speaker.USER:
                count, waiting = 0, []
                yield _message(message)
            case Speaker.ASSISTANT if message.calls:
                waiting = [
                    _call(call, f"call{count + place:05d}", shape)
                    for place, call in enumerate(message.calls)
                ]
                count += len(waiting)
                yield _message(message) | {
                    "tool_calls": waiting[:1] if shape.one_by_one else list(waiting)
                }
            case Speaker.TOOL if waiting:
                call = waiting.pop(0)
                result = {"name": call["function"]["name"], "tool_call_id": call["id"]}
                yield _message(message) | result
                if waiting and shape.one_by_one:
                    empty = _message(Segment("", speaker=Speaker.ASSISTANT))
                    yield empty | {"tool_calls": waiting[:1]}
            case Speaker.SYSTEM if not message.text:
                pass
            case _:
                yield _message(message)


def _message(segment: Segment) -> dict[str, Any]:
    role = segment.speaker.value if segment.speaker else ""
    # The role is our word and not a stranger's; its marks make `<|user|>` of it.
    return {"role": MarkedText.own(role), "content": MarkedText(segment.text)}


def _call(call: FunctionCall, name: str, shape: Shape) -> dict[str, Any]:
    arguments: Any = {call.parameter: call.argument}
    if shape.in_text:
        arguments = json.dumps(arguments, ensure_ascii=False)
    function = {"name": call.name, "arguments": arguments}
    return {"type": "function", "id": name, "function": function}


def _declaration(function: Function) -> dict[str, Any]:
    parameter = {"type": "string", "description": function.about}
    return {
        "type": "function",
        "function": {
            "name": function.name,
            "description": function.description,
            "parameters": {
                "type": "object",
                "properties": {function.parameter: parameter},
                "required": [function.parameter],
            },
        },
    }
