"""Writing a reply on that was cut off, stopped or interrupted."""

from dataclasses import replace

from app.domain import moss, rounds
from app.domain.calling_reply import CallingParser
from app.domain.conversation import Message
from app.domain.generation import Segment
from app.domain.thoughts import closed_by
from app.domain.tools import ToolFailure
from app.services.reply import Reply


def take_up(reply: Reply) -> None:
    """Has a reply go on where its message ends.

    An answer is written on, and so are inner thoughts before it; commands that were not
    whole are written anew. Where neither is there, the reply begins from the start.
    """
    message = reply.message
    if message.text:
        _take_up_answer(reply)
    elif reply.form.has_two_stages and message.calls:
        reply.answering = True
    elif reply.form.has_two_stages and message.thoughts:
        reply.message = replace(message, commands="")
        reply.raw = [Segment(f"{moss.Label.THOUGHTS} {message.thoughts}")]
        reply.parser = moss.ReplyParser(moss.Field.THOUGHTS, begun=True)
        reply.continued = True
    else:
        reply.message = replace(message, thoughts="", commands="", calls=())


def lacks_results(message: Message) -> bool:
    """Whether commands were given up before there was an answer."""
    given_up = ToolFailure.CANCELLED
    return not message.text and any(c.reason is given_up for c in message.calls)


def _take_up_answer(reply: Reply) -> None:
    message = reply.message
    text = message.text
    reply.answering = reply.continued = True
    if reply.form is moss.Form.CHAT:
        before = closed_by(reply.opened, message.thoughts)
        text = before + rounds.rest(message)
        reply.raw = [Segment(text)]
        reply.continued = bool(text)
        callable_tools = rounds.callable_tools(reply.enabled, message.calls)
        reply.parser = CallingParser(reply.opened, callable_tools, answering=True)
        return
    # The space between label and answer is no part of the message. A base model has
    # no label; there it stands between words.
    separate = reply.form is not moss.Form.BASE or _begins_with_word(text)
    reply.raw = [Segment(f" {text}" if separate else text)]
    reply.parser = moss.ReplyParser(moss.Field.ANSWER, begun=True)


def _begins_with_word(text: str) -> bool:
    """Whether a text begins with a word of a script that has spaces."""
    return text[0].isascii() and text[0].isalnum()
