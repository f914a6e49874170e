"""Chats with models that are not MOSS: their messages, and their rounds of tools.

Such a model answers; if it has called tools, they run, and it goes on with what they
said, until it calls none or may call none any more.
"""

from collections.abc import Collection, Iterable

from app.domain import functions, moss, rounds
from app.domain.calling_reply import CallingParser
from app.domain.conversation import Message
from app.domain.generation import ModelInfo, Segment, Speaker
from app.domain.moss import Field
from app.domain.tools import Tool
from app.services.history import Exchange


def usable(model: ModelInfo, tools: Collection[Tool]) -> frozenset[Tool]:
    """Those of the tools that a model can be told of."""
    is_other = model.form == moss.Form.CHAT
    return frozenset() if is_other and not model.calls_tools else frozenset(tools)


def opening(
    exchanges: Iterable[Exchange], tools: Collection[Tool], instruction: str = ""
) -> tuple[Segment, ...]:
    """What every next prompt of a chat will begin with.

    Args:
        exchanges: The turns that the model sees.
        tools: Those that it may use.
        instruction: What it is told besides; may be empty.
    """
    declared = functions.declared(tools)
    return (
        *rounds.declaration(declared, instruction),
        *(
            message
            for exchange in exchanges
            for message in (
                Segment(exchange.asked, speaker=Speaker.USER),
                *rounds.messages(exchange.answer, with_calls=bool(declared)),
            )
        ),
    )


def asked(question: str, reply: Message) -> tuple[Segment, ...]:
    """The question that is being answered, and the rounds that there have been."""
    made = rounds.messages(reply, with_calls=True, goes_on=True) if reply.calls else ()
    return (Segment(question, speaker=Speaker.USER), *made)


def parser_for(reply: Message, opened: str, tools: Collection[Tool]) -> CallingParser:
    """What reads the next round of a reply.

    Args:
        reply: The reply so far.
        opened: The mark for thoughts that prompts end with.
        tools: Those that the model may use.
    """
    before = {Field.ANSWER: reply.text, Field.THOUGHTS: reply.thoughts}
    return CallingParser(
        opened,
        rounds.callable_tools(tools, reply.calls),
        before={field: rounds.SEPARATOR for field, text in before.items() if text},
    )
