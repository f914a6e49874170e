"""Files that people read: everything that was said is there, and only as text."""

import re
from dataclasses import replace
from datetime import timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings, strategies as st

from app.domain.conversation import Message, Role
from app.domain.tools import Command, Tool, ToolCall, ToolState
from app.interchange import html, markdown, plain_text
from app.interchange.labels import Labels
from tests.unit.interchange.samples import ANSWER, NOON, OTHER, QUESTION, chat
from tests.unit.interchange.test_moss_json import NAME, PICTURE, with_picture

LABELS = Labels("Ich", "MOSS", "Gedanken", "Ohne Titel", timezone(timedelta(hours=2)))


def saying(text, **changes):
    """The sample chat, its answer being a text."""
    sample = chat()
    messages = dict(sample.conversation.messages)
    messages[ANSWER] = replace(messages[ANSWER], text=text, **changes)
    return replace(sample, conversation=replace(sample.conversation, messages=messages))


def as_html(*chats, pictures=None):
    pieces = html.pieces(chats, LABELS, (pictures or {}).get)
    return b"".join(pieces).decode()


def as_markdown(*chats):
    return b"".join(markdown.pieces(chats, LABELS)).decode()


def test_plain_text():
    text = b"".join(plain_text.pieces([chat()], LABELS)).decode()
    assert text.startswith(
        "算术 🧮\n====\n\nIch (2026-05-01 14:00):\n1+1?\n\n"
        "MOSS demo (2026-05-01 14:00):\n"
        '[Calculate("1+1") => 2]\n[Solve("x") => No result.]\n**2**, _surely_\n\n'
        "Ich (2026-05-01 14:00):\na<eoh>\n"
    )
    other = chat().conversation.messages[OTHER].text
    assert f"\n{other}\n" not in text


def test_markdown():
    text = as_markdown(saying("Done.", thoughts="one\n\ntwo"))
    assert text.startswith(
        "# 算术 🧮\n\n## Ich · 2026-05-01 14:00\n\n1+1?\n\n"
        "## MOSS demo · 2026-05-01 14:00\n\n> *Gedanken*\n>\n> one\n>\n> two\n\n"
        '`Calculate("1+1") => 2`\n\n`Solve("x") => No result.`\n\nDone.\n\n## Ich'
    )


@pytest.mark.parametrize("fence", ["```py\nx", "~~~~\n~~~\nx", "````\n```\n`` `\n"])
def test_a_fence_that_is_open_ends_with_its_message(fence):
    (*_, after) = as_markdown(saying(fence)).split("\n## ")
    assert after.startswith("Ich")
    page = as_html(saying(as_markdown(saying(fence))))
    assert page.count("<h2>") == 3


def test_several_chats_are_in_one_file():
    untitled = replace(chat(), conversation=replace(chat().conversation, title=" "))
    assert as_markdown(chat(), untitled).count("\n# Ohne Titel\n") == 1
    page = as_html(chat(), untitled)
    assert page.count("<section>") == page.count("</section>") == 2
    assert page.count("<!DOCTYPE html>") == page.count("</html>") == 1
    assert as_html().count("<!DOCTYPE html>") == 1


class Tags(HTMLParser):
    """Collects the tags of a page and what they refer to."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.references, self.text = set(), [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.references += [
            (tag, name, value)
            for name, value in attrs
            if name in {"src", "href", "style", "srcset"} or name.startswith("on")
        ]

    def handle_data(self, data):
        self.text += data


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) <javascript:alert(1)>",
    "![a](http://tracker.example/a.png)",
    '![" onload="alert(1)](http://x.example "t")',
    "</style></article></body><iframe src=//x>",
    "```<script>\n</code></pre><script>\n```",
    "<!--",
    "[x]: javascript:alert(1)\n[x]",
]
KNOWN = set(
    re.findall(
        "[a-z0-9]+",
        "html head meta title style body section h1 article header time details "
        "summary p code pre a em strong ul ol li blockquote table thead tbody tr th "
        "td hr br s img h2 h3 h4 h5 h6",
    )
)


def check_page(page):
    tags = Tags(page)
    assert tags.tags <= KNOWN
    for tag, name, value in tags.references:
        if tag == "img":
            assert name == "src"
            assert value.startswith("data:image/")
        else:
            assert (tag, name) == ("a", "href")
            assert not value.lower().strip().startswith(("javascript:", "vbscript:"))
    return tags


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_was_said_becomes_html(text):
    sample = saying(text, thoughts=text, model=text)
    sample = replace(sample, conversation=replace(sample.conversation, title=text))
    tags = check_page(as_html(sample))
    assert "img" not in tags.tags
    assert "script" not in tags.tags


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))).map("".join))
def test_any_text_makes_a_sound_page(text):
    check_page(as_html(saying(text)))


def test_a_page_needs_and_fetches_nothing():
    page = as_html(chat())
    assert "default-src 'none'" in page
    assert "prefers-color-scheme:dark" in page
    assert "http://" not in page
    assert "https://" not in page


def test_markdown_is_rendered():
    page = as_html(saying("**b**\n\n|a|b|\n|-|-|\n|1|2|\n\n```py\nx < 1\n```"))
    assert "<strong>b</strong>" in page
    assert "<td>2</td>" in page
    assert '<code class="language-py">x &lt; 1' in page


def test_a_picture_is_part_of_the_page():
    sample = with_picture()
    page = as_html(sample, pictures={NAME: PICTURE})
    assert Tags(page).tags & {"img"}
    check_page(page)
    assert "img" not in Tags(as_html(sample)).tags


def test_a_command_with_backticks_is_one_piece_of_code():
    call = ToolCall(Command(Tool.SEARCH, "a `b` ``c\nd"), ToolState.DONE, "x")
    page = as_html(saying(as_markdown(saying("y", calls=(call,)))))
    assert "<code>Search(&quot;a `b` ``c d&quot;) =&gt; x</code>" in page


def test_a_message_without_anything_is_its_header():
    sample = chat()
    only = Message(QUESTION, None, Role.USER, "", NOON)
    conversation = replace(
        sample.conversation, messages={QUESTION: only}, leaf=QUESTION
    )
    text = as_markdown(replace(sample, conversation=conversation))
    assert text == "# 算术 🧮\n\n## Ich · 2026-05-01 14:00\n"
