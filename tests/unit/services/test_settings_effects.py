"""What settings do: to the engine, to the network, to what is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import ErrorCode
from app.domain.hardware import KvType
from app.domain.permissions import Permission
from app.domain.remote import RemoteModel
from app.domain.tools import Tool
from app.engine import protocol
from app.plugins.extensions import Extension
from app.plugins.manager import Decisions, Missing, ToolManager
from app.services.load_wishes import LoadWishes
from app.services.network_switch import NetworkSwitch
from app.services.preferences import Preferences
from app.services.tool_decisions import ToolDecisions, decisions_of
from app.services.upkeep import Keeping, keep_up
from app.store.backups import Backups
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.pictures import PictureFolder
from app.store.settings_file import SettingsFile

FAR = "https://big.example:8443#m"
NEAR = "http://127.0.0.1:8080#m"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Engine:
    def __init__(self):
        self.sent = []

    def send(self, command):
        self.sent.append(command)


@pytest.fixture
def preferences(tmp_path):
    return Preferences(SettingsFile(tmp_path / "settings.json"))


def test_what_was_chosen_by_hand_reaches_the_engine(preferences):
    engine = Engine()
    wishes = LoadWishes(engine, preferences)
    load = protocol.Load("/m", state_folder="/s", state_budget=4 << 30, id="1")
    wishes.send(load)
    assert engine.sent == [load]
    assert not wishes.outdated
    preferences.change(
        {"gpu_layers": 3, "card_parts": (2.0, 1.0), "threads": 2, "context": 512,
         "kv_type": KvType.Q8_0, "batch": 64, "mapped": False, "speculation": True,
         "state_gigabytes": 1}
    )  # fmt: skip
    assert wishes.outdated
    wishes.send(load)
    assert engine.sent[1] == protocol.Load(
        "/m", state_folder="/s", state_budget=1 << 30, id="1", gpu_layers=3,
        tensor_split=(2.0, 1.0), threads=2, context=512, kv_type=KvType.Q8_0, batch=64,
        mmap=False, speculation=True,
    )  # fmt: skip
    assert not wishes.outdated
    wishes.send(protocol.Stop("1"))
    assert engine.sent[2] == protocol.Stop("1")


def test_what_is_not_kept_at_all_is_not_kept_by_a_setting(preferences):
    engine = Engine()
    LoadWishes(engine, preferences).send(protocol.Load("/m", state_budget=0))
    assert engine.sent[0].state_budget == 0


def test_before_a_model_was_loaded_nothing_is_outdated(preferences):
    wishes = LoadWishes(Engine(), preferences)
    preferences.change({"threads": 1})
    assert not wishes.outdated


@pytest.fixture
def switch(preferences):
    engine, refused = Engine(), []
    made = NetworkSwitch(engine, preferences, refused=refused.append)
    made.engine, made.refused = engine, refused
    return made


@pytest.mark.parametrize("path", ["/m.gguf", NEAR, "http://localhost:1#x"])
def test_what_runs_here_goes_on_without_the_network(switch, preferences, path):
    preferences.change({"network": False})
    switch.send(protocol.Load(path, id="1"))
    assert switch.engine.sent == [protocol.Load(path, id="1")]
    assert not switch.is_in_use
    assert switch.refused == []


def test_nothing_goes_to_a_server_without_the_network(switch, preferences):
    switch.send(protocol.Load(FAR, id="0"))
    assert switch.is_in_use
    preferences.change({"network": False})
    switch.engine.sent.clear()
    switch.send(protocol.Load(FAR, id="1"))
    switch.send(protocol.ListModels("2", "https://big.example:8443"))
    assert switch.engine.sent == [protocol.Unload()]
    where = "big.example:8443"
    assert switch.refused == [
        protocol.Failed(ErrorCode.NETWORK_OFF, where, id=name) for name in ("1", "2")
    ]


@pytest.mark.parametrize(
    ("address", "here"),
    [
        (FAR, False),
        (NEAR, True),
        ("http://localhost", True),
        ("https://[::1]", True),
        ("https://192.168.0.3", False),
        ("https://localhost.example", False),
    ],
)
def test_which_servers_are_here(address, here):
    assert RemoteModel.parse(address).is_here is here


ALL = Decisions(
    dict.fromkeys(("web", "searxng", "documents", "text_to_image", "x"), "always"),
    {"searxng": {"address": "https://search.example"}},
)


def kept_in(**values):
    decisions = replace(ALL, values={**ALL.values, **values}, network=False)
    manager = ToolManager(
        extensions=[Extension("x", "pack", "does something")], decisions=decisions
    )
    return {info.name for info in manager.all() if manager.is_kept_in(info.name)}


def test_tools_that_leave_the_computer_do_not_run_without_the_network():
    assert kept_in() == {"web", "searxng", "x"}
    near = {"address": "http://127.0.0.1:8888"}
    assert kept_in(searxng=near) == {"web", "x"}
    far = {"source": "server", "server": "https://pictures.example"}
    assert kept_in(text_to_image=far) == {"web", "searxng", "x", "text_to_image"}
    near = {"source": "server", "server": "http://127.0.0.1:7860"}
    assert kept_in(text_to_image=near) == {"web", "searxng", "x"}


def test_such_a_tool_says_so_and_is_neither_asked_nor_started():
    manager = ToolManager(
        extensions=[Extension("x", "pack", "does something")],
        decisions=replace(ALL, network=False),
    )
    assert manager.missing("searxng") is Missing.NETWORK
    assert manager.missing("x") is Missing.NETWORK
    assert Tool.SEARCH not in manager.available()
    assert manager.to_introduce() == ()
    manager.decide(ALL)
    assert manager.missing("searxng") is None
    assert Tool.SEARCH in manager.available()
    assert manager.to_introduce() != ()


def test_switching_the_network_off_reaches_tools_at_once(preferences):
    manager = ToolManager(decisions=decisions_of(preferences.values))
    changed = []
    decisions = ToolDecisions(manager, preferences, changed=changed.append)
    preferences.listen(decisions.take_settings)
    decisions.allow("web", Permission.ALWAYS)
    changed.clear()
    preferences.change({"zoom": 120})
    assert changed == []
    preferences.change({"network": False})
    assert "web" in changed
    assert manager.is_kept_in("web")
    assert manager.permission("web") is Permission.ALWAYS
    preferences.change({"network": True})
    assert not manager.is_kept_in("web")


def test_backups_and_deleted_chats_are_kept_as_long_as_was_chosen(tmp_path):
    archive = tmp_path / "chats.sqlite3"
    with Database(archive) as database:
        store = ConversationStore(database)
        for name, days in (("old", 4), ("new", 2)):
            store.create(name, name, NOW)
            store.trash(name, NOW - timedelta(days=days))
    backups, pictures = Backups(archive, tmp_path / "b"), PictureFolder(tmp_path / "p")
    keeping = Keeping(trash_days=3, backups=2)
    for day in range(4):
        when = NOW - timedelta(days=3 - day)
        keep_up(archive, backups, pictures, now=when, keeping=keeping)
    assert len(backups.all()) == 2
    with Database(archive) as database:
        trashed = ConversationStore(database).trashed()
        assert [chat.id for chat in trashed] == ["new"]
