"""Tools of other packages, each in a real process of its own."""

import os
import sys

import pytest

from app.domain.sources import Source
from app.domain.tools import Command, Tool, ToolFailure, ToolState
from app.plugins import extensions
from app.plugins.api import ToolError
from app.plugins.client import ToolClient
from app.plugins.extensions import Extension
from app.plugins.kinds import command_line, extension
from app.plugins.messages import Offer, Prepare, Progress, Requested
from tests.conftest import ROOT
from tests.fakes.extensions import GOOD, HANGS, LEAVES, RAISES, install

PATIENT = 60.0
SEARCH = Command(Tool.SEARCH, "MOSS")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder for modules, which this process and its children look into."""
    folder = tmp_path / "site"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
    monkeypatch.syspath_prepend(folder)
    return folder


def client_of(name, **options):
    prepare = Prepare({name: {"words": "42"}}, data="/data", pictures="/pictures")
    return ToolClient(command_line(extension(name)), prepare=prepare, **options)


def test_installed_packages_are_found_without_being_imported(site):
    install(site, "wiki-search", RAISES)
    assert extensions.installed() == (
        Extension("wiki-search", "wiki-search 1.2", "Searches wiki-search"),
    )
    assert "wiki_search" not in sys.modules


def test_an_installed_tool_answers(site):
    install(site, "wiki", GOOD)
    notes = []
    with client_of("wiki", note=notes.append) as client:
        assert client.offers() == (Offer("wiki", Tool.SEARCH),)
        call = client.run(SEARCH, PATIENT, name="wiki")
    text = "MOSS: 42 <eor> <|MOSS|>: wiki"
    assert call.state is ToolState.DONE
    assert call.sources == (Source("Wiki", "/wiki.txt", text, line=7),)
    assert notes == [Progress(1, 0.5, "half")]


@pytest.mark.parametrize(
    ("argument", "failure", "detail"),
    [
        ("raise", ToolFailure.INTERNAL, "KeyError: 'a bug'"),
        ("nothing", ToolFailure.NOTHING_FOUND, "the wiki"),
        ("die", ToolFailure.TOOL_LOST, ""),
    ],
)
def test_a_command_that_fails_costs_only_itself(site, argument, failure, detail):
    install(site, "wiki", GOOD)
    with client_of("wiki") as client:
        call = client.run(Command(Tool.SEARCH, argument), PATIENT)
        assert (call.reason, call.detail) == (failure, detail)
        assert client.run(SEARCH, PATIENT).state is ToolState.DONE


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_command_that_hangs_is_ended(site):
    install(site, "wiki", GOOD)
    with client_of("wiki") as client:
        assert client.run(SEARCH, PATIENT).state is ToolState.DONE
        hanging = client.run(Command(Tool.SEARCH, "hang"), 0.05)
        assert hanging.reason is ToolFailure.TIME_LIMIT
        assert client.run(SEARCH, PATIENT).state is ToolState.DONE


def test_only_announced_requests_are_made(site):
    install(site, "wiki", GOOD)
    notes = []
    with client_of("wiki", note=notes.append) as client:
        call = client.run(Command(Tool.SEARCH, "connect"), PATIENT)
        assert call.detail.startswith("PermissionError: socket")
        assert notes == []
        call = client.run(Command(Tool.SEARCH, "announced"), PATIENT)
        assert call.detail.startswith("ConnectionRefusedError")
    begun, ended = notes
    assert isinstance(begun, Requested)
    assert (begun.host, begun.purpose, begun.outcome) == ("127.0.0.1:9", "results", "")
    assert ended.outcome.startswith("ConnectionRefusedError")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (RAISES, "ImportError: libwiki is too old"),
        (LEAVES, "SystemExit: not today"),
        ("x = 1", "AttributeError: module 'wiki' has no attribute 'Wiki'"),
        ("Wiki = print", "AttributeError: 'NoneType' object has no attribute 'tool'"),
    ],
)
def test_one_that_cannot_be_used_says_why(site, source, words):
    install(site, "wiki", source)
    with client_of("wiki") as client, pytest.raises(ToolError) as caught:
        client.offers()
    assert caught.value.failure is ToolFailure.BROKEN
    assert caught.value.detail == words


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_one_that_never_gets_ready(site):
    install(site, "wiki", HANGS)
    with client_of("wiki") as client, pytest.raises(ToolError) as caught:
        client.offers(0.05)
    assert caught.value.failure is ToolFailure.BROKEN


def test_one_that_is_gone(site):
    with client_of("wiki") as client, pytest.raises(ToolError, match="LookupError"):
        client.offers()
