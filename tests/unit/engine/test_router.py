"""Which backend a command goes to."""

import sys

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Usage
from app.engine.backend import CancelFlag
from app.engine.backends.router import Router
from app.engine.protocol import (
    Generate,
    ListModels,
    Load,
    Prepare,
    Prepared,
    TextDelta,
)
from tests.fakes.model_servers import NAME, FakeModel, llama_server
from tests.fakes.scripted_backend import MODEL, ScriptedBackend


class Local(ScriptedBackend):
    """The backend for files; counts how often it let go."""

    unloaded = 0

    def unload(self):
        self.unloaded += 1


def nothing(_fraction):
    pass


@pytest.fixture
def local():
    return Local(CancelFlag())


@pytest.fixture
def router(local):
    router = Router(local, CancelFlag())
    yield router
    router.close()


def words(router):
    return [
        e.text for e in router.generate(Generate("g", ())) if isinstance(e, TextDelta)
    ]


def test_files_are_the_local_backends(router, local):
    assert router.hello() == local.hello()
    assert router.load(Load("m.gguf"), nothing) == MODEL
    assert router.tokenize(()) == (1, 2, 3)
    assert words(router) == ["text"]
    router.unload()
    assert local.unloaded == 1


def test_links_are_the_servers(router, local):
    with llama_server(FakeModel()) as server:
        router.load(Load("m.gguf"), nothing)
        info = router.load(Load(server.address), nothing)
        assert info.name == NAME
        # Whoever runs a model elsewhere wants the memory here.
        assert local.unloaded == 1
        assert router.list_models(ListModels("l", server.address)) == (NAME,)
        router.load(Load("m.gguf"), nothing)
        assert words(router) == ["text"]


def test_work_in_advance_is_the_backends_that_has_the_model(router, local):
    local.cancelled.set()
    local.spare = [lambda: None]
    router.load(Load("m.gguf"), nothing)
    *_, ended = router.prepare(Prepare("p", ()))
    assert (local.prepared, ended.id) == (["p"], "p")
    assert len(list(router.spare_work())) == 1
    router.forget("a")
    with llama_server(FakeModel()) as server:
        router.load(Load(server.address), nothing)
        local.spare = [lambda: None]
        ended = list(router.prepare(Prepare("q", ())))
        assert ended == [Prepared("q", Usage(), complete=False)]
        assert list(router.spare_work()) == []
        router.forget("b")
    assert (local.prepared, local.forgotten) == (["p"], ["a"])


def test_asking_a_server_changes_nothing(router, local):
    with llama_server(FakeModel()) as server:
        router.load(Load("m.gguf"), nothing)
        router.list_models(ListModels("l", server.address))
        assert local.unloaded == 0
        assert words(router) == ["text"]


def test_a_server_that_cannot_be_used_leaves_no_model(router):
    with pytest.raises(UserError) as caught:
        router.load(Load("http://192.0.2.1"), nothing)
    assert caught.value.code is ErrorCode.SERVER_ADDRESS
    with pytest.raises(UserError) as caught:
        words(router)
    assert caught.value.code is ErrorCode.MODEL_NOT_LOADED


def test_network_code_is_not_even_read_before_a_server_is_named(local, monkeypatch):
    for name in [m for m in sys.modules if m.startswith("app.engine.backends.remote")]:
        monkeypatch.delitem(sys.modules, name)
    router = Router(local, CancelFlag())
    router.load(Load("m.gguf"), nothing)
    assert words(router) == ["text"]
    router.close()
    assert not [m for m in sys.modules if m.startswith("app.engine.backends.remote")]
    assert local.closed
