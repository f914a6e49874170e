"""Lines with marks: where they break, what is left out, and where the marks stay."""

import pytest
from hypothesis import given, strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter

from app.domain.excerpt import excerpt
from app.ui.sidebar.marked_text import Line, Look, draw, lines_of, marked_font

pytestmark = pytest.mark.usefixtures("qapp")


def marked(lines):
    return [line.text[first:end] for line in lines for first, end in line.marks]


def lines(text, query, width=150.0, most=2):
    part = excerpt(text, query)
    return lines_of(part.text, part.marks, font=QFont(), width=width, most=most)


def test_a_short_text_is_one_line():
    assert lines("it may rain", "rain") == (Line("it may rain", ((7, 11),)),)


def test_words_stay_whole_and_the_end_is_elided():
    found = lines("rain " + "and sun " * 30, "rain")
    assert len(found) == 2
    assert found[0].text.endswith(("and", "sun", "rain"))
    assert found[1].text.endswith("…")


@pytest.mark.parametrize("query", ["雨", "下雨", "rain"])
def test_what_was_found_is_seen(query):
    text = "这是一段没有空格的很长的文字，" * 6 + f"明天会{query}的，" + "说完了。" * 40
    found = lines(text, query)
    assert query in marked(found)
    assert found[0].text.startswith("…")


@given(
    st.text(st.sampled_from("ab 雨😀é"), max_size=80),
    st.sampled_from(["a", "雨", "ab", "雨雨"]),
    st.floats(30, 400),
    st.integers(1, 3),
)
def test_marks_are_on_what_was_looked_for(text, query, width, most):
    found = lines(text, query, width, most)
    assert len(found) <= most
    # Without anything to mark the letters are no bolder.
    is_marked = bool(excerpt(text, query).marks)
    metrics = QFontMetricsF(marked_font(QFont()) if is_marked else QFont())
    for line in found:
        assert len(line.text) <= 1 or metrics.horizontalAdvance(line.text) <= width + 1
        for first, end in line.marks:
            assert 0 <= first < end <= len(line.text)
            # A mark may be cut by the end of a line, not grow.
            assert line.text[first:end].strip("…").casefold() in excerpt_words(text)


def excerpt_words(text):
    return " ".join(text.split()).casefold()


def test_marks_after_an_emoji_are_where_they_belong():
    image = QImage(200, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    look = Look(QBrush(QColor("red")), QBrush(QColor("red")))
    line = Line("😀😀 ab", ((3, 5),))
    draw(painter, QRectF(0, 0, 200, 30), line, font=QFont(), look=look)
    painter.end()
    red = [x for x in range(200) if image.pixelColor(x, 15) == QColor("red")]
    metrics = QFontMetricsF(QFont())
    assert abs(min(red) - metrics.horizontalAdvance("😀😀 ")) < 4
    assert (
        max(red) - min(red)
        < QFontMetricsF(marked_font(QFont())).horizontalAdvance("ab") + 4
    )
