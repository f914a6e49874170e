"""Of a text so many characters and lines are shown, in whatever pieces it comes."""

import pytest

from app.ui.rich_text.beginning import Beginning


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0123456789", "0123456789"),
        ("0123456789a", "0123456789"),
        ("a\nb\nc", "a\nb\nc"),
        ("a\nb\nc\nd", "a\nb\nc"),
        ("a\nb\nc\n", "a\nb\nc"),
        ("\n\n\n\n", "\n\n"),
        ("a\rb\rc\rd", "a\nb\nc"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 99])
def test_the_beginning_is_shown(text, shown, size):
    beginning = Beginning(characters=10, lines=2)
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join(map(beginning.take, parts)) == shown
    assert beginning.clipped == (len(shown) < len(text))


def test_after_the_end_nothing_is_shown():
    beginning = Beginning(characters=3)
    assert [beginning.take(text) for text in ("abc", "", "d", "e")] == [
        "abc",
        "",
        "",
        "",
    ]
    assert beginning.clipped


def test_lines_may_end_as_on_windows():
    assert Beginning(lines=1).take("a\r\nb\r\nc") == "a\nb"
