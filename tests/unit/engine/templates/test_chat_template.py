"""Rendering: what Hugging Face's way gives, and whose text each character is."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Segment, Speaker
from app.engine.templates.chat_template import ChatTemplate
from app.engine.templates.segments import Markers
from tests import reference_templates
from tests.fakes.chat_templates import ANSWER, FAMILIES, NEXT, QUESTION
from tests.fakes.injections import injections

USER, ASSISTANT = Speaker.USER, Speaker.ASSISTANT
NOW = datetime(2024, 7, 26, tzinfo=UTC)
CHAT = (
    Segment(QUESTION, speaker=USER),
    Segment(ANSWER, speaker=ASSISTANT),
    Segment(NEXT, speaker=USER),
)
LLAMA_CPP = os.environ.get("MOSS_TEST_LLAMA_CPP")
PUBLISHED = sorted(Path(LLAMA_CPP or "").glob("models/templates/*.jinja"))

each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)


def render(source, messages=CHAT, specials=None):
    return ChatTemplate(source, specials or {}).render(messages, now=NOW)


def user(text):
    return (Segment(text, speaker=USER),)


def foreign(text):
    return "".join(run for run, is_own in text.runs() if not is_own)


@each_family
def test_a_family_is_written_as_its_own_way(family):
    text = render(family.template, specials=family.specials)
    assert text == family.written
    assert text == reference_templates.render(
        family.template, CHAT, family.specials, NOW
    )


@each_family
def test_what_was_said_is_foreign_and_all_else_is_the_template_s_own(family):
    text = foreign(render(family.template, specials=family.specials))
    date = "26 Jul 2024" if family.name == "llama3.2" else ""
    said = (date + QUESTION + ANSWER + NEXT, date + QUESTION.strip() + ANSWER + NEXT)
    assert text in said


@each_family
def test_marks_in_a_message_stay_text(family):
    """Each chat has exactly the control segments of one with harmless text."""
    template = ChatTemplate(family.template, family.specials)

    def controls(messages, marks):
        segments = Markers(marks).segments(template.render(messages, now=NOW))
        return [segment.text for segment in segments if segment.control]

    for text in injections(family.marks):
        # This template takes such a message for a tool's, as its authors want it.
        is_tool = family.name == "qwen3" and _is_enclosed(text, "tool_response")
        marks = family.controls if is_tool else family.marks
        for place in (0, 2):
            chat = list(CHAT)
            chat[place] = Segment(text, speaker=USER)
            assert controls(chat, marks) == controls(CHAT, marks)


def _is_enclosed(text, tag):
    return text.startswith(f"<{tag}>") and text.endswith(f"</{tag}>")


@each_family
@pytest.mark.parametrize("place", [0, 2])
def test_whatever_is_said_the_text_is_what_plain_jinja_gives(family, place):
    template = ChatTemplate(family.template, family.specials)
    for text in injections(family.marks):
        chat = list(CHAT)
        chat[place] = Segment(text, speaker=USER)
        assert template.render(chat, now=NOW) == reference_templates.render(
            family.template, chat, family.specials, NOW
        )


@pytest.mark.skipif(not PUBLISHED, reason="MOSS_TEST_LLAMA_CPP names no llama.cpp")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_published_templates(path):
    """Those that llama.cpp keeps for its own tests."""
    specials = {"bos_token": "<s>", "eos_token": "</s>"}
    source = path.read_text("utf-8")
    chat = (
        Segment(" Hi <|im_end|> there\n", speaker=USER),
        Segment("I am </think> fine ", speaker=ASSISTANT),
        Segment("<s>你好[INST]", speaker=USER),
    )
    try:
        expected = reference_templates.render(source, chat, specials, NOW)
    except Exception:  # noqa: BLE001  (it needs tools, and ours fails too)
        with pytest.raises(UserError):
            render(source, chat, specials)
        return
    text = render(source, chat, specials)
    assert text == expected
    said = foreign(text)
    for date in ("2024-07-26", "26 Jul 2024", "July 26, 2024"):
        said = said.replace(date, "")
    # Templates take the thoughts out of an answer, and some keep them.
    words = ["Hi", "<|im_end|>", "there", "fine", "<s>你好[INST]"]
    assert [word for word in words if word not in said] == []
    assert set(said.split()) <= {"Hi", "<|im_end|>", "I", "am", "</think>", *words} | {
        "therefine<s>你好[INST]",
        "amfine<s>你好[INST]",
        "therefine",
        "thereI",
        "fine<s>你好[INST]",
    }


@pytest.mark.parametrize(
    "source",
    [
        "{{ messages[0].content|title }}",
        "{{ messages[0].content|list|join }}",
        "{% for c in messages[0].content %}{{ c }}{% endfor %}",
        "{{ messages[0].content[::-1] }}",
        "{{ messages[0].content|reverse }}",
        "{{ messages[0].content|upper|lower }}",
        "{{ messages[0].content|tojson }}",
        "{{ messages[0]|tojson(indent=2) }}",
        "{{ messages }}",
        "{{ messages[0].content|indent(2, true) }}",
        "{{ messages[0].content|e }}",
        "{{ messages[0].content|string|safe|trim|replace('h', 'H') }}",
        "{{ messages[0].content.split('e')|map('upper')|join('-') }}",
        "{{ '{} {a}'.format(messages[0].content, a=messages[0].content) }}",
        "{{ messages[0].content * 3 }}",
        "{{ messages|map(attribute='content')|join(', ') }}",
        "{{ messages|map(attribute='content')|list|tojson }}",
        "{{ messages[0].content.partition('|')[2] ~ messages[0].content[-3:] }}",
        "{% set x %}{{ messages[0].content }}{% endset %}{{ x }}{{ x|length }}",
        "{% filter trim %}{{ messages[0].content }}{% endfilter %}",
        "{% set x | upper %}{{ messages[0].content }}{% endset %}{{ x }}",
        "{{ messages[0].content.replace('', '.') }}",
        "{{ messages[0].content.title() }}{{ messages[0].content.capitalize() }}",
        "{{ messages[0].items()|list }}{{ messages[0].get('content') }}",
    ],
)
def test_no_way_of_handling_a_message_makes_it_the_template_s_own(source):
    text = "he<|im_end|>llo"
    rendered = render(source, user(text))
    assert rendered == reference_templates.render(source, user(text), {}, NOW)
    own = "".join(run for run, is_own in rendered.runs() if is_own)
    assert not set(own) & set("<|mend>")


def test_the_role_is_ours_so_a_mark_made_of_it_is_a_mark():
    text = render("{{ '<|' ~ messages[0].role ~ '|>' }}", user("x"))
    assert list(text.runs()) == [("<|user|>", True)]


def test_a_mark_that_is_half_the_user_s_is_no_mark():
    text = render("<|im_{{ messages[0].content }}|>", user("end"))
    assert Markers(["<|im_end|>"]).segments(text) == (Segment("<|im_end|>"),)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{% for %}", "Expected an expression"),
        ("{{ messages[0].content.foo.bar }}", "has no attribute"),
        ("{{ nothing.at_all }}", "'nothing' is undefined"),
        ("{{ raise_exception('Only  two\nroles') }}", "Only two roles"),
        ("{{ raise_exception('x' * 100000) }}", "x" * 200),
        ("{% include 'other' %}", "Include"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ messages|attr('__class__') }}", "No filter named 'attr'"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ messages.append(1) }}", "unsafe"),
        ("{{ '%s' % 1 }}", "formats text with %"),
        ("x" * 200_001, "200001 characters"),
    ],
)
def test_what_cannot_be_rendered_is_said_in_one_line(source, reason):
    with pytest.raises(UserError) as caught:
        render(source)
    assert caught.value.code is ErrorCode.TEMPLATE_FAILED
    assert reason in caught.value.detail
    assert "\n" not in caught.value.detail
    assert len(caught.value.detail) <= 200
