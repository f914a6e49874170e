"""Which addresses of servers are understood, and which servers may be spoken to."""

import pytest

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.pictures.address import ServerAddress, is_near


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("http://127.0.0.1:7860", "http://127.0.0.1:7860"),
        (" http://localhost:7860/ ", "http://localhost:7860"),
        ("http://192.168.1.20:7860/sdapi/v1/", "http://192.168.1.20:7860"),
        ("http://10.0.0.1", "http://10.0.0.1"),
        ("http://172.31.0.9:80", "http://172.31.0.9"),
        ("http://[::1]:7860", "http://[::1]:7860"),
        ("http://[fd00::7]:7860", "http://[fd00::7]:7860"),
        ("HTTPS://Pictures.Example:443/forge/", "https://pictures.example/forge"),
        ("https://8.8.8.8/docs", "https://8.8.8.8"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_addresses_that_are_understood(written, text):
    server = ServerAddress.parse(written)
    assert server.text == text
    assert ServerAddress.parse(server.text) == server


@pytest.mark.parametrize(
    "written",
    [
        "",
        "127.0.0.1:7860",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://0.0.0.0:7860",
        "http://8.8.8.8:7860",
        "http://172.32.0.1",
        "http://[2001:db8::1]",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:7860/?a=b",
        "http://127.0.0.1:7860/#a",
        "http://127.0.0.1:7860/a b",
        "http://a b/",
        "http://127.0.0.1\r\nHost: other/",
        "https://" + "a" * 70 + ".example",
    ],
)
def test_addresses_that_are_not(written):
    with pytest.raises(ToolError) as caught:
        ServerAddress.parse(written)
    assert caught.value.failure is ToolFailure.SERVER_ADDRESS


def test_a_password_is_refused_and_not_repeated():
    with pytest.raises(ToolError) as caught:
        ServerAddress.parse("https://me:secret@pictures.example")
    assert "secret" not in str(caught.value)


def test_near_and_far():
    near = ("127.9.9.9", "169.254.1.1", "fe80::1%eth0", "::ffff:10.0.0.1")
    far = ("1.1.1.1", "100.64.0.1", "0.0.0.1", "::ffff:1.1.1.1", "2606:4700::1")
    assert all(map(is_near, near))
    assert not any(map(is_near, far))
