"""Which stretches of a prompt are control tokens."""

from app.domain.generation import Segment
from app.engine.templates.marked_text import MarkedText
from app.engine.templates.segments import Markers

own = MarkedText.own


def control(text):
    return Segment(text, control=True)


def test_own_marks_become_control_segments_and_text_is_joined():
    markers = Markers(["<|a|>", "<|b|>"])
    text = own("<|a|>user\n") + "Hi <|b|>" + own("\n<|b|><|a|>")
    assert markers.segments(text) == (
        control("<|a|>"),
        Segment("user\nHi <|b|>\n"),
        control("<|b|>"),
        control("<|a|>"),
    )


def test_the_longest_mark_counts():
    markers = Markers(["<a>", "<a><b>", "<a", ""])
    assert markers.segments(own("<a><b><a>")) == (control("<a><b>"), control("<a>"))


def test_nothing_is_nothing():
    assert Markers([]).segments(MarkedText()) == ()
    assert Markers([]).segments(own("<a>")) == (Segment("<a>"),)


def test_some_marks_swallow_white_space():
    markers = Markers(["<a>", "<b>"], strip_before=["<b>"], strip_after=["<a>"])
    text = own("<a>\n") + " \tx \n" + own("<b> y <a> <b>")
    assert markers.segments(text) == (
        control("<a>"),
        Segment("x"),
        control("<b>"),
        Segment(" y "),
        control("<a>"),
        control("<b>"),
    )


def test_text_is_cut_inside_each_mark():
    markers = Markers(["<a>", "<b>"])
    assert markers.cut("x<a><b>y<a>") == ["x<", "a><", "b>y<", "a>"]
    assert markers.cut("plain") == ["plain"]
    assert markers.cut("") == []
