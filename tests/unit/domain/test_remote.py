"""Links to models on servers: what is understood, what is refused, what is hidden."""

import pytest
from hypothesis import given, strategies as st

from app.domain.errors import ErrorCode, UserError
from app.domain.remote import RemoteModel, ServerKey, is_link, is_loopback

NAMES = st.text(st.characters(codec="utf-8"), max_size=30)


def test_a_whole_link():
    found = RemoteModel.parse(
        "https://Big.Example:8443/llm/#fnlp/moss%26co&form=sft&context=4096"
    )
    assert found == RemoteModel(
        scheme="https",
        host="big.example",
        port=8443,
        path="/llm",
        model="fnlp/moss&co",
        form="sft",
        context=4096,
    )
    assert found.authority == "big.example:8443"
    assert found.address == "https://big.example:8443/llm"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://host", "https://host"),
        (" HTTPS://host:443/ ", "https://host"),
        ("https://host/v1", "https://host"),
        ("https://host/api/v1/", "https://host/api"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.53", "http://127.0.0.53"),
        ("http://[::1]:8000/v1", "http://[::1]:8000"),
        ("http://[::ffff:127.0.0.1]:1", "http://[::ffff:127.0.0.1]:1"),
        ("http://may-be-this-computer:80", "http://may-be-this-computer"),
        ("https://服务器.例子", "https://服务器.例子"),
        ("https://192.0.2.7:1", "https://192.0.2.7:1"),
    ],
)
def test_addresses_that_can_be_used(link, address):
    assert RemoteModel.parse(link).address == address


@pytest.mark.parametrize(
    "link",
    [
        "",
        "host",
        "ftp://host",
        "https://",
        "https:///v1",
        "https://host:0",
        "https://host:65536",
        "https://host:port",
        "https://ho st",
        "https://host/a b",
        "https://host/?key=1",
        "https://host/é",
        "https://[::1",
        "https://::1",
        "https://user@host",
        "http://192.0.2.7",
        "http://10.0.0.1:8080",
        "http://0.0.0.0:8080",
        "http://[2001:db8::1]:8080",
        "http://[::ffff:10.0.0.1]:8080",
        "https://host#m&context=0",
        "https://host#m&context=many",
        "https://host#m&context=٤",
        "https://host#m&context=99999999999",
        "https://host#m&form=novel",
    ],
)
def test_addresses_that_cannot(link):
    with pytest.raises(UserError) as caught:
        RemoteModel.parse(link)
    assert caught.value.code is ErrorCode.SERVER_ADDRESS


@pytest.mark.parametrize("scheme", ["https://", "http://", ""])
def test_a_password_in_an_address_is_not_repeated(scheme):
    with pytest.raises(UserError) as caught:
        RemoteModel.parse(f"{scheme}me:hunter2@host:1")
    assert "hunter2" not in str(caught.value)
    assert "host:1" in caught.value.detail


@given(
    name=NAMES,
    form=st.sampled_from(["", "plugin", "sft", "base"]),
    context=st.none() | st.integers(1, 2**31 - 1),
)
def test_a_link_is_read_as_it_was_written(name, form, context):
    model = RemoteModel("https", "host", 443, model=name, form=form, context=context)
    assert RemoteModel.parse(model.link) == model


def test_a_link_is_told_from_a_file():
    assert is_link("https://host")
    assert is_link(" HTTP://[::1]")
    assert not is_link("/home/me/https:/x.gguf")
    assert not is_link("moss.gguf")


def test_loopback():
    assert is_loopback("127.9.9.9")
    assert is_loopback("::1")
    assert is_loopback("::ffff:127.0.0.1")
    assert not is_loopback("fe80::1%eth0")
    assert not is_loopback("128.0.0.1")
    with pytest.raises(ValueError, match="localhost"):
        is_loopback("localhost")


def test_a_key_is_not_shown():
    assert "secret" not in repr(ServerKey("secret"))
    assert "secret" not in str([ServerKey("secret")])
