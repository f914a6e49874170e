import pytest

from converter.errors import TensorError
from converter.printable import printable


@pytest.mark.parametrize(
    "text", ["", "plain", "模型 🙂", "a\u3000b", "👨\u200d👩\u200d👧", "é̂"]
)
def test_what_has_a_shape_stays(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\n", "a\\nb\\r\\n"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
        ("\u2028", "\\u2028"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_has_none_becomes_an_escape(text, shown):
    assert printable(text) == shown


def test_an_error_is_one_line_whatever_a_file_holds():
    error = TensorError(problem="it is odd", tensor="a\nb" + "c" * 1000)
    assert str(error).isprintable()
    assert len(str(error)) < 300
