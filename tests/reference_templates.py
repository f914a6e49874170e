"""Chat templates rendered as Hugging Face's `apply_chat_template` does, by plain Jinja.

Written from its documentation; what ours must agree with, character for character.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, LoopControlExtension
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.domain.generation import Segment


class _Generation(Extension):
    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("_written")
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _written(self, caller):
        return caller()


def render(
    source: str, messages: Sequence[Segment], specials: dict[str, str], now: datetime
) -> str:
    """The prompt for a chat."""
    said = [{"role": m.speaker.value, "content": m.text} for m in messages]
    return render_tools(source, said, None, (specials, now))


def render_tools(
    source: str,
    messages: Sequence[dict[str, object]],
    tools: Sequence[dict[str, object]] | None,
    settings: tuple[dict[str, str], datetime],
) -> str:
    """The prompt for a chat in which functions may be called."""
    specials, now = settings
    return _compiled(source, now).render(
        messages=messages,
        tools=tools,
        documents=None,
        add_generation_prompt=True,
        **specials,
    )


@lru_cache
def _compiled(source: str, now: datetime) -> jinja2.Template:
    def raise_exception(message):
        raise jinja2.TemplateError(message)

    def tojson(value, **options):
        return json.dumps(value, **{"ensure_ascii": False, **options})

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[LoopControlExtension, _Generation],
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = now.strftime
    return environment.from_string(source)
