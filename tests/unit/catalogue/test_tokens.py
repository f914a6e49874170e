"""Access tokens: in the system's keyring, or nowhere."""

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from app.catalogue.tokens import TokenStore
from app.domain.errors import ErrorCode, UserError

HUB = "https://huggingface.co"
MIRROR = "https://hf-mirror.com"


class Memory(KeyringBackend):
    """A keyring of a test."""

    priority = 5

    def __init__(self):
        super().__init__()
        self.kept = {}
        self.locked = False

    def get_password(self, service, username):
        if self.locked:
            raise KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        if self.locked:
            raise KeyringLocked
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


@pytest.fixture
def backend():
    before, used = keyring.get_keyring(), Memory()
    keyring.set_keyring(used)
    yield used
    keyring.set_keyring(before)


def test_a_token_is_kept_for_its_server_only(backend):
    TokenStore().save(HUB, " hf_one\n")
    assert backend.kept == {("MOSS Desktop", "huggingface.co"): "hf_one"}
    later = TokenStore()
    assert later.held(HUB) == ""
    assert later.load(f"{HUB}/") == "hf_one"
    assert later.held(HUB) == "hf_one"
    assert later.load(MIRROR) == ""
    assert later.load("http://127.0.0.1:8000") == ""


def test_a_token_can_be_forgotten(backend):
    store = TokenStore()
    store.save(HUB, "hf_one")
    store.save(HUB, "")
    store.save(HUB, "")
    assert not backend.kept
    assert TokenStore().load(HUB) == ""


def test_without_a_keyring_it_holds_until_the_end(backend):
    backend.locked = True
    store = TokenStore()
    with pytest.raises(UserError) as caught:
        store.save(HUB, "hf_one")
    assert caught.value.code is ErrorCode.TOKEN_NOT_KEPT
    assert "hf_one" not in str(caught.value)
    assert store.held(HUB) == store.load(HUB) == "hf_one"
    assert TokenStore().load(HUB) == ""


def test_a_keyring_that_keeps_plain_text_is_none(backend, monkeypatch):
    monkeypatch.setattr(Memory, "priority", 0.5)
    store = TokenStore()
    with pytest.raises(UserError):
        store.save(HUB, "hf_one")
    assert not backend.kept
    backend.kept["MOSS Desktop", "huggingface.co"] = "hf_plain"
    assert TokenStore().load(HUB) == ""
