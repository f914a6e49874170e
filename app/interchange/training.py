"""Chats in the layout of MOSS's published training conversations.

One JSON list; of each chat the path that is shown. The layout writes fields between
control tokens' own texts: who trains with such a file reads it as control tokens,
wherever it stands. That is what the layout says, so a chat in which a person wrote one
is left to whoever uses the file.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from app.domain import tools
from app.domain.archived import ArchivedChat
from app.domain.attachments import written
from app.domain.conversation import Message, Role
from app.domain.moss.dialogue import Dialogue
from app.domain.moss.fields import Form, Turn
from app.domain.moss.prefix import prefix
from app.domain.moss.training import conversation_from
from app.domain.tools import Tool


def pieces(chats: Iterable[ArchivedChat]) -> Iterator[bytes]:
    """The file, a chat at a time; one without a whole turn is left out."""
    start = "[\n"
    for chat in chats:
        dialogue = dialogue_of(chat.conversation.path())
        if dialogue.turns:
            value = json.dumps(conversation_from(dialogue), ensure_ascii=False)
            yield (start + value).encode("utf-8", "replace")
            start = ",\n"
    yield (start if start[0] == "[" else "\n").encode() + b"]\n"


def dialogue_of(path: Sequence[Message]) -> Dialogue:
    """The whole turns of a path: a question, and the answer that follows it."""
    turns: list[Turn] = []
    question: Message | None = None
    used: set[Tool] = set()
    plugin = False
    for message in path:
        if message.role is Role.USER:
            question = message
        elif question is not None and message.text:
            turns.append(_turn(question, message))
            plugin = plugin or bool(
                message.thoughts or message.commands or message.calls
            )
            used |= {call.command.tool for call in message.calls} | _switched_on(
                message
            )
            question = None
    form = Form.PLUGIN if plugin else Form.SFT
    return Dialogue(prefix(form, used), form, tuple(turns))


def _switched_on(answer: Message) -> set[Tool]:
    """The tools that an answer says the model was told of."""
    names = answer.provenance.tools if answer.provenance else ()
    return {tool for tool in Tool if tool.value in names}


def _turn(question: Message, answer: Message) -> Turn:
    return Turn(
        written(question.text, question.attachments),
        thoughts=answer.thoughts or "None",
        commands=answer.commands or "None",
        results=tools.results_field(answer.calls),
        answer=answer.text,
    )
