"""Templates that would like to hang the program or to eat its memory."""

import resource
from datetime import UTC, datetime

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Segment, Speaker
from app.engine.templates.chat_template import ChatTemplate

BIG = "{% set b = 'x' * 1000000 %}"
GROW = "{% set n = namespace(v=START) %}{% for i in range(90) %}{% set n.v = STEP %}"
MANY = "{% for i in range(100000) %}{% for j in range(100000) %}BODY{% endfor %}"
MOST_BYTES = 400 * 1024 * 1024


def growing(start, step):
    return GROW.replace("START", start).replace("STEP", step) + "{% endfor %}{{ n.v }}"


def many(body):
    return MANY.replace("BODY", body) + "{% endfor %}"


HOSTILE = {
    "empty loops": many(""),
    "loops for nothing": "{% for i in range(99999) if false %}{% endfor %}" * 500,
    "doubled text": growing("'x'", "n.v + n.v"),
    "doubled text with tilde": growing("'x'", "n.v ~ n.v"),
    "doubled list": growing("[1]", "n.v + n.v"),
    "a list in itself": growing("[1]", "[n.v, n.v]"),
    "a dictionary in itself": growing("{}", "{1: n.v, 2: n.v}"),
    "squares": growing("3", "n.v * n.v"),
    "powers": growing("3", "n.v ** n.v"),
    "negative powers": growing("3", "n.v - n.v ** 2000"),
    "text times a number": "{{ 'x' * 10000000000 }}",
    "a number times text": "{{ 10000000000 * 'x' }}",
    "list times a number": "{{ [1] * 10000000000 }}",
    "replaced by itself": BIG + "{{ b.replace('x', b) }}",
    "replaced nothing": BIG + "{{ b.replace('', b) }}",
    "filter replace": BIG + "{{ b|replace('x', b) }}",
    "joined": BIG + "{{ b.join(range(100)|map('string')) }}",
    "filter join": BIG + "{{ range(100)|join(b) }}",
    "joined characters": BIG + "{{ b|join(b) }}",
    "split": BIG + many("{% set c = b.split('x') %}"),
    "lists of characters": BIG + many("{% set c = b|list %}"),
    "kept lists": growing("[]", "n.v + [('x' * 100000)|list]"),
    "searches": BIG + many("{% if b + 'y' in b %}{% endif %}"),
    "searches for the same": BIG + "{% set c = b + 'y' %}" + many("{{ c in b }}"),
    "sorts": many("{% set c = range(100000)|sort|reverse|unique|list %}"),
    "comparisons": "{% set b = range(100000)|list %}{% set c = range(100000)|list %}"
    + many("{% if b == c %}{% endif %}"),
    "much output": BIG + many("{{ b }}"),
    "a wide format": "{{ '{:>10000000000}'.format(1) }}",
    "a wide percent": "{{ '%10000000000d' % 1 }}",
    "a wide indent": "{{ 'x'|indent(10000000000) }}",
    "a wide indent of JSON": "{{ [1]|tojson(indent=10000000000) }}",
    "padding": "{{ 'x'.center(10000000000) ~ 'x'.zfill(10000000000) }}",
    "macros that call themselves": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "macros that call themselves twice": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}"
    "{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(90) }}",
    "call blocks": "{% macro m() %}{{ caller() }}{% endmacro %}{% macro f() %}"
    "{% call m() %}{{ f() }}{% endcall %}{% endmacro %}{{ f() }}",
    "loops that call themselves": "{% for i in [1, 2] recursive %}{{ loop([1, 2]) }}"
    "{% endfor %}",
    "nested parentheses": "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
    "a chain of filters": "{{ 1" + "|string" * 10_000 + " }}",
    "a long sum": "{{ 1" + "+1" * 50_000 + " }}",
    "nested conditions": "{% if 1 %}" * 400 + "{% endif %}" * 400,
    "nested loops": "{% for i in [1] %}" * 60 + "{% endfor %}" * 60,
    "words without end": "{{ lipsum(n=100000000) }}",
    "a big range": "{{ range(10000000000)|list }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_ends_soon_and_takes_little_memory(name):
    before = resource.getrusage(resource.RUSAGE_SELF)
    with pytest.raises(UserError) as caught:
        ChatTemplate(HOSTILE[name], {}).render(
            [Segment("Hello", speaker=Speaker.USER)], now=datetime.now(UTC)
        )
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert caught.value.code is ErrorCode.TEMPLATE_FAILED
    assert after.ru_utime - before.ru_utime < 15
    assert (after.ru_maxrss - before.ru_maxrss) * 1024 < MOST_BYTES


def test_a_long_chat_is_within_the_budget():
    template = ChatTemplate(
        "{% set n = namespace(t='') %}{% for m in messages %}"
        "{% set n.t = n.t + '<|' + m.role + '|>' + m.content|trim + '<|end|>' %}"
        "{% if loop.last or messages[loop.index0 + 1:]|length > 1 %}{% endif %}"
        "{% endfor %}{{ n.t }}",
        {},
    )
    speakers = (Speaker.USER, Speaker.ASSISTANT)
    chat = [Segment("word " * 100, speaker=speakers[n % 2]) for n in range(400)]
    text = template.render(chat, now=datetime.now(UTC))
    assert len(text) > 400 * 499
