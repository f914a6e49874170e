"""What may be connected to: names, proxies, certificates."""

import socket
import threading
from contextlib import contextmanager

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.remote import RemoteModel, ServerKey
from app.engine.backend import CancelFlag
from app.engine.backends.remote import proxies
from app.engine.backends.remote.exchange import Server
from app.engine.backends.remote.failures import RequestCancelledError
from app.engine.backends.remote.wire import Limits
from tests.fakes.http_server import CERTIFICATE, ScriptedServer

LIMITS = Limits(connect=30, answer=30, silence=30)
KEY = "sk-a-secret-key-0123456789"


@pytest.fixture(autouse=True)
def no_proxy_of_this_computer(monkeypatch):
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def trusted(monkeypatch):
    """The tests' certificate is trusted as a user would have it: by OpenSSL's own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.fixture
def resolving(monkeypatch):
    """Names and the addresses that they have."""
    names, real = {}, socket.getaddrinfo

    def look_up(host, port, *rest, **options):
        if host not in names:
            return real(host, port, *rest, **options)
        found = names[host]() if callable(names[host]) else names[host]
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (address, port)) for address in found or ()]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


@pytest.fixture
def dialled(monkeypatch):
    """The addresses that were connected to; none but this computer is let through."""
    addresses, real = [], socket.socket.connect

    def connect(self, address):
        addresses.append(address)
        assert address[0].startswith("127.") or address[0] == "::1"
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return addresses


def get(link, cancelled=None, limits=LIMITS, key=None):
    server = Server(
        RemoteModel.parse(link),
        key,
        cancelled=cancelled or CancelFlag(),
        limits=limits,
    )
    try:
        return server.get("/x", dict)
    finally:
        server.close()


@contextmanager
def failing(code, words=""):
    with pytest.raises(UserError) as caught:
        yield
    assert caught.value.code is code
    assert words in caught.value.detail


def hello(answer):
    answer.json({"hello": answer.request.headers["Host"]})


def test_a_name_of_this_computer_needs_no_tls(resolving, dialled):
    resolving["my-computer"] = ["127.0.0.1"]
    with ScriptedServer({"/x": hello}) as script:
        link = f"http://my-computer:{script.port}"
        assert get(link) == {"hello": f"my-computer:{script.port}"}


@pytest.mark.parametrize(
    "addresses", [["192.0.2.1"], ["127.0.0.1", "192.0.2.1"], ["192.0.2.1", "127.0.0.1"]]
)
def test_any_other_name_does(resolving, dialled, addresses):
    resolving["elsewhere"] = addresses
    with failing(ErrorCode.SERVER_ADDRESS, "http://elsewhere:81"):
        get("http://elsewhere:81")
    assert dialled == []


def test_a_name_is_asked_for_once_and_what_was_checked_is_used(resolving, dialled):
    answers = [["192.0.2.1"], ["127.0.0.1"]]
    resolving["changing"] = answers.pop
    with ScriptedServer({"/x": hello}) as script:
        get(f"http://changing:{script.port}")
    assert answers == [["192.0.2.1"]]
    assert [address[0] for address in dialled] == ["127.0.0.1"]


def test_every_address_of_a_name_is_tried(resolving, dialled):
    resolving["two"] = ["127.0.0.2", "127.0.0.1"]
    with ScriptedServer({"/x": hello}) as script:
        get(f"http://two:{script.port}")
    assert [address[0] for address in dialled] == ["127.0.0.2", "127.0.0.1"]


def test_an_unknown_name(resolving):
    def unknown():
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    resolving["nowhere"] = unknown
    with failing(ErrorCode.SERVER_UNREACHABLE, "nowhere: Name or service not known"):
        get("https://nowhere")


@pytest.mark.parametrize("host", ["a" * 64, "a..b", "-" * 300])
def test_names_that_no_name_can_be(host):
    with failing(ErrorCode.SERVER_UNREACHABLE):
        get(f"https://{host}", limits=Limits(connect=5))


def test_a_name_that_is_looked_for_too_long(resolving):
    over = threading.Event()
    resolving["slow"] = lambda: over.wait() and None
    with failing(ErrorCode.SERVER_UNREACHABLE, "slow: timeout"):
        get("https://slow", limits=Limits(connect=0.05))
    over.set()


def test_a_stop_while_a_name_is_looked_for(resolving):
    over, flag = threading.Event(), CancelFlag()

    def look_up():
        flag.set()
        return over.wait() and None

    resolving["slow"] = look_up
    with pytest.raises(RequestCancelledError):
        get("https://slow", flag)
    over.set()


def test_a_stop_while_connecting(resolving, monkeypatch):
    flag = CancelFlag()
    monkeypatch.setattr(socket.socket, "connect", lambda *_arguments: flag.set())
    with pytest.raises(RequestCancelledError):
        get("http://127.0.0.1:9", flag)


# -- TLS -----------------------------------------------------------------------------


def test_a_certificate_that_is_trusted(trusted):
    with ScriptedServer({"/x": hello}, encrypted=True) as script:
        assert get(script.address) == {"hello": f"localhost:{script.port}"}


def test_a_certificate_that_nobody_vouches_for():
    with ScriptedServer({"/x": hello}, encrypted=True) as script:
        with failing(ErrorCode.SERVER_UNTRUSTED, "self-signed certificate"):
            get(script.address, key=ServerKey(KEY))
        assert script.requests == []


def test_a_certificate_of_another_server(trusted, resolving):
    resolving["other"] = ["127.0.0.1"]
    with ScriptedServer({"/x": hello}, encrypted=True) as script:
        with failing(ErrorCode.SERVER_UNTRUSTED, "other"):
            get(f"https://other:{script.port}")
        assert script.requests == []


def test_a_server_without_tls_is_not_spoken_to_without(trusted):
    with ScriptedServer({"/x": hello}) as script:
        with failing(ErrorCode.SERVER_UNTRUSTED):
            get(f"https://localhost:{script.port}")
        assert script.requests == []


def test_a_handshake_that_never_comes(trusted):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        link = f"https://127.0.0.1:{mute.getsockname()[1]}"
        with failing(ErrorCode.SERVER_UNREACHABLE, "timeout"):
            get(link, limits=Limits(connect=0.2))


def test_a_stop_in_the_midst_of_a_handshake(trusted):
    flag = CancelFlag()
    with socket.create_server(("127.0.0.1", 0)) as mute:

        def stop():
            connection, _ = mute.accept()
            with connection:
                connection.recv(1)
                flag.set()
                while connection.recv(4096):
                    pass

        thread = threading.Thread(target=stop)
        thread.start()
        with pytest.raises(RequestCancelledError):
            get(f"https://127.0.0.1:{mute.getsockname()[1]}", flag)
        thread.join()


def test_a_stop_cuts_an_encrypted_stream(trusted):
    flag = CancelFlag()

    def endless(answer):
        answer.begin_events()
        answer.event(b"one")
        answer.until_closed()

    with ScriptedServer({"/s": endless}, encrypted=True) as script:
        remote = RemoteModel.parse(script.address)
        server = Server(remote, None, cancelled=flag, limits=LIMITS)
        thread = threading.Thread(target=flag.set)

        def listen():
            with server.stream("/s", {}) as events:
                assert next(events) == b"one"
                thread.start()
                next(events)

        with pytest.raises(RequestCancelledError):
            listen()
        thread.join()
        assert script.client_left.wait(30)


# -- proxies -------------------------------------------------------------------------


class Tunnel:
    """Answers one CONNECT and passes bytes both ways, to a port of this computer."""

    def __init__(self, port, status=b"200 OK"):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.asked = b""
        self._target, self._status = port, status
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exception):
        # Wakes an `accept` that nobody has come to.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listening.close()

    def _serve(self):
        client, _ = self._listening.accept()
        with client:
            while b"\r\n\r\n" not in self.asked:
                data = client.recv(4096)
                if not data:
                    return
                self.asked += data
            client.sendall(b"HTTP/1.1 %s\r\nVia: x\r\n\r\n" % self._status)
            if not self._status.startswith(b"200"):
                return
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                back = threading.Thread(target=self._pass, args=(server, client))
                back.start()
                self._pass(client, server)
                back.join()

    def _pass(self, source, target):
        try:
            while data := source.recv(4096):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@pytest.mark.usefixtures("trusted")
def test_the_users_proxy_is_asked_for_a_tunnel(monkeypatch, resolving):
    def ask(_server):
        # This computer's own servers need none, but have the only certificate.
        return proxies.Proxy.parse(f"me:p%40ss@127.0.0.1:{proxy.port}")

    monkeypatch.setattr(proxies, "proxy_for", ask)
    with (
        ScriptedServer({"/x": hello}, encrypted=True) as script,
        Tunnel(script.port) as proxy,
    ):
        assert get(f"https://localhost:{script.port}", key=ServerKey(KEY))
    head = proxy.asked.decode()
    assert head.startswith(f"CONNECT localhost:{script.port} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in head
    assert KEY not in head


def test_a_proxy_that_refuses(monkeypatch, resolving):
    with Tunnel(1, b"407 Who are you?") as proxy:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.port}")
        with failing(ErrorCode.SERVER_UNREACHABLE, "proxy 127.0.0.1: 407"):
            get("https://big.example")
    assert proxy.asked.startswith(b"CONNECT big.example:443 HTTP/1.1\r\n")


@pytest.mark.parametrize("wish", ["big.example", ".example", "*"])
def test_a_server_that_the_user_wants_without_a_proxy(
    monkeypatch, resolving, dialled, wish
):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", wish)
    resolving["big.example"] = ["127.0.0.3"]
    with failing(ErrorCode.SERVER_UNREACHABLE, "big.example: "):
        get("https://big.example")
    assert dialled == [("127.0.0.3", 443)]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("encrypted", [False, True])
def test_this_computer_needs_no_proxy(monkeypatch, encrypted):
    for name in ("https_proxy", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with ScriptedServer({"/x": hello}, encrypted=encrypted) as script:
        assert get(script.address)


@pytest.mark.parametrize("proxy", ["http://host:port", "http://[::1", "//"])
def test_what_is_no_proxy_at_all(monkeypatch, proxy):
    monkeypatch.setenv("https_proxy", proxy)
    with failing(ErrorCode.SERVER_UNREACHABLE, "big.example: "):
        get("https://big.example")


def test_a_proxy_does_not_show_its_password():
    assert "p@ss" not in repr(proxies.Proxy.parse("http://me:p%40ss@host"))


def test_a_proxy_of_another_kind_is_said(monkeypatch):
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    with failing(ErrorCode.SERVER_UNREACHABLE, "big.example: proxy socks5://"):
        get("https://big.example")
