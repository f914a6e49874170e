"""A model's chat template: from messages to text whose characters know their author."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from jinja2 import Template

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Segment
from app.engine.templates.budget import Budget
from app.engine.templates.marked_text import MarkedText
from app.engine.templates.messages import PLAIN, Shape, as_dicts, functions_of
from app.engine.templates.rewriting import rewrite
from app.engine.templates.sandbox import Sandbox

_MOST_SOURCE: Final = 200_000
"""Characters; the longest that are published have about 20,000."""
_MOST_REASON: Final = 200


class ChatTemplate:
    """Writes the prompts of one model.

    Args:
        source: The template, `tokenizer.chat_template` of the file.
        specials: Texts of special tokens by the names that templates know them by,
            such as `bos_token`.

    Raises:
        UserError: `ErrorCode.TEMPLATE_FAILED`: it is no template, or one that needs
            what this program does not have.
    """

    def __init__(self, source: str, specials: dict[str, str]) -> None:
        self._sandbox = Sandbox()
        self._specials = {name: MarkedText.own(text) for name, text in specials.items()}
        try:
            self._template = self._compiled(source)
        # Besides Jinja's own errors, a stranger's program can be nested too deeply for
        # its compiler or Python's, which have errors of their own.
        except Exception as error:
            raise _failure(error) from error

    def render(
        self, messages: Sequence[Segment], *, now: datetime, shape: Shape = PLAIN
    ) -> MarkedText:
        """The prompt up to where the model begins to write.

        Args:
            messages: A conversation, as segments that have a speaker.
            now: The time, for templates that tell it.
            shape: How the template wants calls.

        Raises:
            UserError: `ErrorCode.TEMPLATE_FAILED`: the template refuses this
                conversation, has a fault, or takes too much time or memory.
        """
        sandbox = self._sandbox
        characters = sum(message.characters for message in messages)
        sandbox.budget, sandbox.now = Budget(len(messages), characters), now
        try:
            text = self._template.render(
                messages=list(as_dicts(messages, shape)),
                tools=functions_of(messages),
                documents=None,
                add_generation_prompt=True,
                **self._specials,
            )
        # A stranger's program runs here, on the objects of Python: which errors it can
        # raise nobody knows, and all of them mean that it does not suit.
        except Exception as error:
            raise _failure(error) from error
        return MarkedText(text)

    def _compiled(self, source: str) -> Template:
        if len(source) > _MOST_SOURCE:
            msg = f"it has {len(source)} characters"
            raise ValueError(msg)
        sandbox = self._sandbox
        tree = sandbox.parse(source)
        rewrite(tree)
        code = sandbox.compile(tree)
        return Template.from_code(sandbox, code, sandbox.make_globals(None))


def _failure(error: Exception) -> UserError:
    """What went wrong in one line, which a template can make as long as it likes."""
    reason = " ".join(str(error)[:_MOST_REASON].split()) or type(error).__name__
    return UserError(ErrorCode.TEMPLATE_FAILED, reason)
