"""What servers' answers mean, where questions may go, and how fast bytes come."""

from datetime import UTC, datetime

import pytest

from app.catalogue.downloads import answers, proxy
from app.catalogue.downloads.address import Address
from app.catalogue.downloads.halt import Halt, HaltedError
from app.catalogue.downloads.meter import Meter
from app.catalogue.downloads.pace import Pace
from app.domain.errors import ErrorCode, UserError

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 12:00:05 -0000", 5),
        ("9" * 100, 999999999),
        ("soon", None),
        ("-3", None),
        ("１２", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(text, seconds):
    assert answers.retry_after(text, NOW) == seconds


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bytes 7-9/10", (7, 10)),
        ("bytes 7-9/*", (7, None)),
        ("bytes */10", None),
        ("bytes 7-9/1" + "0" * 30, None),
        ("items 7-9/10", None),
        (None, None),
    ],
)
def test_content_range(text, found):
    assert answers.content_range(text) == found


@pytest.mark.parametrize(
    ("status", "code", "passes"),
    [
        (401, ErrorCode.DOWNLOAD_GATED, False),
        (403, ErrorCode.DOWNLOAD_GATED, False),
        (404, ErrorCode.DOWNLOAD_NOT_FOUND, False),
        (429, ErrorCode.DOWNLOAD_BUSY, True),
        (418, ErrorCode.DOWNLOAD_ODD, False),
        (500, ErrorCode.DOWNLOAD_BUSY, True),
        (599, ErrorCode.DOWNLOAD_BUSY, True),
    ],
)
def test_statuses(status, code, passes):
    assert answers.code_of(status) is code
    assert answers.passes(code) is passes


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://huggingface.co", Address("https", "huggingface.co", 443, "/")),
        ("https://x:8443/a b?q=ä", Address("https", "x", 8443, "/a%20b?q=%C3%A4")),
        ("https://x/a%20b", Address("https", "x", 443, "/a%20b")),
        ("http://127.0.0.1:8000/a", Address("http", "127.0.0.1", 8000, "/a")),
        ("http://[::1]/a", Address("http", "::1", 80, "/a")),
        ("https://моск.рф/", Address("https", "xn--j1adgm.xn--p1ai", 443, "/")),
    ],
)
def test_addresses(url, expected):
    assert Address.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "huggingface.co",
        "ftp://x/y",
        "file:///etc/passwd",
        "http://192.168.0.7/a",
        "http://8.8.8.8/",
        "https://name:secret@x/",
        "https://x:99999/",
        "https:///a",
        "https://" + "ä" * 80 + ".de/",
    ],
)
def test_addresses_that_are_not_asked(url):
    with pytest.raises(UserError) as caught:
        Address.parse(url)
    assert caught.value.code is ErrorCode.DOWNLOAD_ADDRESS
    assert "secret" not in str(caught.value)


def test_redirects_lead_anywhere_but_out_of_tls():
    here = Address.parse("https://x/a/b?c")
    assert here.follow("/d") == Address("https", "x", 443, "/d")
    assert here.follow("e?f") == Address("https", "x", 443, "/a/e?f")
    assert here.follow("https://y:1/z") == Address("https", "y", 1, "/z")
    with pytest.raises(UserError):
        here.follow("http://127.0.0.1/")


def test_a_proxy_is_for_others_only(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://me:p%40ss@proxy:3128")
    monkeypatch.setenv("no_proxy", "internal.example")
    found = proxy.proxy_for(Address.parse("https://huggingface.co"))
    assert found is not None
    assert (found.host, found.port) == ("proxy", 3128)
    assert found.headers == {"Proxy-Authorization": "Basic bWU6cEBzcw=="}
    assert "Basic" not in repr(found)
    for own in ("https://localhost/", "https://127.0.0.1/", "https://internal.example"):
        assert proxy.proxy_for(Address.parse(own)) is None


@pytest.mark.parametrize("text", ["socks5://proxy:1", "https://proxy", "http://"])
def test_a_proxy_of_another_kind_is_refused(text):
    with pytest.raises(ValueError, match="proxy"):
        proxy.parse(text)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_the_pace_is_kept_over_all():
    clock = Clock()
    pace = Pace(1000, clock=clock)
    assert pace.piece(1 << 20) == 100
    delays = [pace.delay(100) for _ in range(20)]
    assert delays[-1] == pytest.approx(2.0, abs=0.3)
    pace.set(0)
    assert pace.delay(10**9) == 0
    assert pace.piece(1 << 20) == 1 << 20


def test_rest_is_not_saved_up():
    clock = Clock()
    pace = Pace(1000, clock=clock)
    clock.now += 3600
    assert pace.delay(1000) == pytest.approx(0.75)


def test_who_waits_for_the_pace_can_be_halted():
    halt, pace = Halt(), Pace(1)
    halt.set()
    with pytest.raises(HaltedError):
        pace.pay(1000, halt)


def test_the_rate_is_that_of_the_last_seconds():
    clock = Clock()
    meter = Meter(clock=clock)
    for second in range(1, 31):
        clock.now += 1
        count = 1000 * second if second <= 15 else 15_000 + 10 * (second - 15)
        rate = meter.rate(count)
    assert rate == pytest.approx(10, rel=0.01)


def test_a_halt_cuts_everything_that_waits():
    halt, cut = Halt(), []
    with halt.cutting(lambda: cut.append(1)):
        halt.set()
    assert cut == [1]
    with pytest.raises(HaltedError), halt.cutting(lambda: cut.append(2)):
        pytest.fail("it goes on")
    assert cut == [1]
