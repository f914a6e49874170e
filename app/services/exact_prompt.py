"""The text behind a reply: all that the model was given for it, and what it wrote."""

from dataclasses import replace

from app.domain import moss
from app.domain.conversation import Conversation
from app.domain.generation import Segment, Speaker
from app.domain.tools import Tool
from app.services import tool_rounds
from app.services.history import Exchange, exchanges_of


def exact_prompt(
    conversation: Conversation, message_id: str, form: moss.Form
) -> tuple[Segment, ...]:
    """What a prompt is made of up to the end of a reply, no turn left out.

    Args:
        conversation: The chat.
        message_id: The reply.
        form: The model's form. For a model that is not MOSS these are the messages
            that its chat template is given.
    """
    path = replace(conversation, leaf=message_id).path()
    made = path[-1].provenance if path else None
    tools = frozenset(Tool(name) for name in made.tools) if made else frozenset()
    instruction = made.instruction if made else ""
    exchanges = exchanges_of(path)
    match form:
        case moss.Form.CHAT:
            return tool_rounds.opening(exchanges, tools, instruction)
        case moss.Form.BASE:
            return tuple(piece for each in exchanges for piece in _plain(each))
        case _:
            turns = [exchange.turn for exchange in exchanges]
            options = moss.PrefixOptions(instruction=instruction)
            return moss.opening(form, turns, tools=tools, options=options)


def labelled(segment: Segment) -> str:
    """A segment as it is shown: a message says first who speaks."""
    speaker: Speaker | None = segment.speaker
    return segment.text if speaker is None else f"[{speaker.value}]\n{segment.text}\n\n"


def _plain(exchange: Exchange) -> tuple[Segment, Segment]:
    return Segment(exchange.asked), Segment(exchange.answer.text)
