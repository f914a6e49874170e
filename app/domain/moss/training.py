r"""The layout of MOSS's published training conversations, read and written.

A conversation is an object; each turn's fields carry their labels and markers::

    {
        "meta_instruction": "You are an AI assistant …\n",
        "chat": {
            "turn_1": {
                "Human": "<|Human|>: …<eoh>\n",
                "Inner Thoughts": "<|Inner Thoughts|>: …<eot>\n",
                "Commands": "<|Commands|>: …<eoc>\n",
                "Tool Responses": "<|Results|>:\n…<eor>\n",
                "MOSS": "<|MOSS|>: …<eom>\n",
            }
        },
    }

What is not quite so is read too: fields in any order, without label or marker or with
another one's marker, turns as a list, `None` for a field that is not there. A
conversation whose turns have none of the three middle fields is an `sft` model's. Its
last turn may lack its answer.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from app.domain.moss.dialogue import Dialogue, NoDialogueError, turn_from
from app.domain.moss.fields import Form, Label, Marker, Turn
from app.domain.moss.prefix import prefix

_FIELDS: Final = {
    "Human": (Label.HUMAN, Marker.HUMAN),
    "Inner Thoughts": (Label.THOUGHTS, Marker.THOUGHTS),
    "Commands": (Label.COMMANDS, Marker.COMMANDS),
    "Tool Responses": (Label.RESULTS, Marker.RESULTS),
    "MOSS": (Label.ANSWER, Marker.ANSWER),
}
_NAMES: Final = {
    "Human": Label.HUMAN,
    "Inner Thoughts": Label.THOUGHTS,
    "Commands": Label.COMMANDS,
    "Tool Responses": Label.RESULTS,
    "Results": Label.RESULTS,
    "MOSS": Label.ANSWER,
}
_PLUGIN_ONLY: Final = {Label.THOUGHTS, Label.COMMANDS, Label.RESULTS}
_END: Final = re.compile(r"<eo[hmtcr]>\s*+\Z")
_TURN_NAME: Final = re.compile(r"turn_([0-9]{1,9})")


def conversation_from(dialogue: Dialogue) -> dict[str, object]:
    """A dialogue in this layout, as a JSON value; `dialogue_from` reads it back.

    A turn that waits for its answer is left out.
    """
    chat = {
        f"turn_{number}": _turn_fields(dialogue.form, turn)
        for number, turn in enumerate(dialogue.turns, 1)
    }
    return {"meta_instruction": dialogue.prefix, "chat": chat}


def _turn_fields(form: Form, turn: Turn) -> dict[str, str]:
    contents = {
        Label.HUMAN: f" {turn.question}",
        Label.THOUGHTS: f" {turn.thoughts}",
        Label.COMMANDS: f" {turn.commands}",
        Label.RESULTS: turn.results,
        Label.ANSWER: f" {turn.answer}",
    }
    return {
        name: f"{label}{contents[label]}{marker}\n"
        for name, (label, marker) in _FIELDS.items()
        if form is Form.PLUGIN or label not in _PLUGIN_ONLY
    }


def dialogue_from(conversation: object) -> Dialogue:
    """Reads one conversation out of its JSON value.

    Raises:
        NoDialogueError: It is none; the text says what is wrong where.
    """
    if not isinstance(conversation, Mapping):
        message = "no object with a chat"
        raise NoDialogueError(message)
    turns = [_contents(name, turn) for name, turn in _turns(conversation.get("chat"))]
    form = Form.PLUGIN if any(t.keys() & _PLUGIN_ONLY for _, t in turns) else Form.SFT
    beginning = conversation.get("meta_instruction", prefix(form))
    if not isinstance(beginning, str):
        message = "meta_instruction is no text"
        raise NoDialogueError(message)
    for (name, turn), _ in pairwise(turns):
        if Label.ANSWER not in turn:
            message = f"{name}: no MOSS, and it is not the last turn"
            raise NoDialogueError(message)
    return _dialogue(beginning, form, [turn for _, turn in turns])


def _dialogue(beginning: str, form: Form, turns: list[dict[Label, str]]) -> Dialogue:
    whole = tuple(turn_from(turn) for turn in turns if Label.ANSWER in turn)
    waiting: Turn | None = None
    has_results = False
    if len(whole) < len(turns):
        waiting = turn_from(turns[-1])
        has_results = bool(turns[-1].keys() & _PLUGIN_ONLY)
    return Dialogue(beginning, form, whole, waiting, has_results)


def _turns(chat: object) -> list[tuple[str, object]]:
    """The turns in their order, with their names."""
    if isinstance(chat, Mapping):
        named = [(str(name), turn) for name, turn in chat.items()]
        return sorted(named, key=lambda pair: _number(pair[0]))
    if isinstance(chat, list):
        return [(f"turn_{index}", turn) for index, turn in enumerate(chat, 1)]
    message = "no chat with turns"
    raise NoDialogueError(message)


def _number(name: str) -> int:
    match = _TURN_NAME.fullmatch(name)
    if match is None:
        message = f"a turn is named {name!r}, not turn_1 and so on"
        raise NoDialogueError(message)
    return int(match[1])


def _contents(name: str, turn: object) -> tuple[str, dict[Label, str]]:
    """A turn's fields without labels and markers."""
    if not isinstance(turn, Mapping):
        message = f"{name}: no object with fields"
        raise NoDialogueError(message)
    contents: dict[Label, str] = {}
    for key, text in turn.items():
        label = _NAMES.get(str(key))
        if label is None or text is None:
            continue
        if not isinstance(text, str):
            message = f"{name}: {key} is no text"
            raise NoDialogueError(message)
        contents[label] = _content(label, text)
    if Label.HUMAN not in contents:
        message = f"{name}: no Human"
        raise NoDialogueError(message)
    return name, contents


def _content(label: Label, text: str) -> str:
    """What stands between label and marker, its first space included."""
    labelled = text.lstrip()
    if not labelled.startswith(label):
        entries = label is Label.RESULTS and "=>" in text
        text = ("\n" if entries else " ") + text
    else:
        text = labelled.removeprefix(label)
    end = _END.search(text)
    return text if end is None else text[: end.start()]
