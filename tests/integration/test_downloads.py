"""The downloader process and the real huggingface-hub, against a hub on loopback."""

import json
import os
import random
from collections import deque
from itertools import pairwise

import pytest

from app.catalogue.downloads import manifest
from app.catalogue.downloads.client import DownloaderClient
from app.catalogue.downloads.messages import (
    Arrived,
    Failed,
    Finished,
    Job,
    Listed,
    Pace,
    Patience,
    Progress,
    Retrying,
    Used,
)
from app.catalogue.entries import Site
from app.domain.errors import ErrorCode
from tests.fakes.hub import Fault, Hub, Repository

NAME = "fnlp/moss-test"
SHARDS = [f"pytorch_model-0000{n}-of-00003.bin" for n in (1, 2, 3)]
QUICK = Patience(
    connect=5, silence=0.5, slow=0.5, tries=4, first_wait=0.01, longest_wait=0.05
)


def contents(seed=0):
    made = random.Random(seed)
    return {
        "config.json": b'{"model_type": "moss"}',
        "vocab.json": b"{}" * 200,
        "README.md": b"# not needed",
        "modeling_moss.py": b"raise SystemExit",
        "pytorch_model.bin.index.json": b"{}" * 700,
        **{shard: made.randbytes(700_000 + at) for at, shard in enumerate(SHARDS)},
    }


@pytest.fixture
def hub():
    with Hub({NAME: Repository(contents())}) as served:
        yield served


@pytest.fixture
def job(hub, tmp_path):
    def make(**changes):
        usual = {
            "site": Site.HUGGING_FACE,
            "endpoint": hub.endpoint,
            "repository": NAME,
            "folder": str(tmp_path / "模型 😀" / "moss"),
            "patience": QUICK,
        }
        return Job(**{**usual, **changes})

    return make


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "模型 😀" / "moss"


def run(job, environment=None):
    with DownloaderClient(job, environment=environment) as client:
        return list(client.events())


def files_in(folder):
    return {
        str(path.relative_to(folder)).replace("\\", "/"): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".moss-download")
    }


def wanted(files):
    return {n: b for n, b in files.items() if not n.endswith((".md", ".py"))}


@pytest.mark.parametrize("site", Site)
def test_a_checkpoint_comes_whole_and_nothing_else_does(hub, job, folder, site):
    events = run(job(site=site))
    assert isinstance(events[-1], Finished)
    assert files_in(folder) == wanted(contents())
    listed = next(event for event in events if isinstance(event, Listed))
    assert [file.path for file in listed.files][-3:] == SHARDS
    assert sum(file.size for file in listed.files) == sum(
        map(len, wanted(contents()).values())
    )
    last = [event for event in events if isinstance(event, Progress)][-1]
    assert last.done == last.total
    asked = {request.path.split("?")[0] for request in hub.server.requests}
    assert not any("README" in path or ".py" in path for path in asked)
    agents = {r.headers.get("User-Agent").split("/")[0] for r in hub.server.requests}
    assert agents == {"MOSS-Desktop"}


def test_a_list_can_be_had_alone(hub, job, folder):
    events = run(job(only_list=True))
    assert [type(event) for event in events] == [Listed, Finished]
    assert events[0].licence == "agpl-3.0"
    assert not folder.exists()
    assert len(hub.server.requests) == 1


def test_what_is_here_is_not_fetched_again(hub, job):
    run(job())
    before = len(hub.server.requests)
    events = run(job())
    assert isinstance(events[-1], Finished)
    assert len(hub.server.requests) == before


def test_a_broken_connection_goes_on_where_it_was(hub, job, folder):
    hub.faults[SHARDS[0]] = deque([Fault.DROP, Fault.HANG_UP])
    events = run(job(connections=1))
    assert isinstance(events[-1], Finished)
    assert files_in(folder) == wanted(contents())
    first, second, third = hub.asked(SHARDS[0])
    assert first is None
    assert 0 < int(second[6:-1]) < int(third[6:-1])
    asked = [r for r in hub.server.requests if r.headers.get("Range")]
    assert all(r.headers.get("If-Range", "").startswith('"') for r in asked)


def test_a_killed_downloader_goes_on_where_it_was(hub, job, folder):
    slow = job(connections=1, pace=600_000)
    with DownloaderClient(slow) as client:
        for event in client.events():
            if isinstance(event, Arrived) and event.file == SHARDS[0]:
                break
        for event in client.events():
            if isinstance(event, Progress) and event.done > 1_000_000:
                client.kill()
                break
    assert SHARDS[0] in files_in(folder)
    assert SHARDS[1] not in files_in(folder)
    events = run(job())
    assert isinstance(events[-1], Finished)
    assert files_in(folder) == wanted(contents())
    assert len(hub.asked(SHARDS[0])) == 1


def test_an_ended_downloader_keeps_every_byte(hub, job, folder):
    with DownloaderClient(job(connections=1, pace=600_000)) as client:
        for event in client.events():
            if isinstance(event, Progress) and event.done > 200_000:
                break
    found = manifest.load(folder)
    kept = [manifest.present(folder, file) for file in found.files]
    parts = [path.stat().st_size for path in folder.rglob("*.part")]
    assert len(parts) == 1
    assert parts[0] in kept
    events = run(job())
    assert isinstance(events[-1], Finished)
    assert f"bytes={parts[0]}-" in hub.asked(SHARDS[0])
    assert files_in(folder) == wanted(contents())


def test_the_token_goes_to_its_server_and_to_no_other(hub, job, folder):
    hub.repositories[NAME].gated = True
    hub.faults = {shard: deque([Fault.REDIRECT]) for shard in SHARDS}
    events = run(job(token=hub.token))
    assert isinstance(events[-1], Finished)
    assert files_in(folder) == wanted(contents())
    by_port = {}
    for port, header in hub.seen:
        by_port.setdefault(port, set()).add(header)
    assert by_port == {
        hub.server.port: {f"Bearer {hub.token}"},
        hub.other.port: {None},
    }
    on_disk = b"".join(path.read_bytes() for path in folder.rglob("*.json"))
    assert hub.token.encode() not in on_disk


@pytest.mark.parametrize("token", ["", "hf_wrong"])
def test_a_gated_repository_wants_a_token(hub, job, folder, token):
    hub.repositories[NAME].gated = True
    events = run(job(token=token))
    assert events == [Failed(ErrorCode.DOWNLOAD_GATED, NAME)]
    assert files_in(folder) == {}


def test_tokens_of_the_environment_and_the_home_folder_stay_there(hub, job, tmp_path):
    home = tmp_path / "home"
    (home / ".cache" / "huggingface").mkdir(parents=True)
    (home / ".cache" / "huggingface" / "token").write_text("hf_file")
    environment = {**os.environ, "HF_TOKEN": "hf_variable", "HOME": str(home)}
    run(job(), environment)
    assert {header for _, header in hub.seen} == {None}
    assert [path.name for path in home.rglob("*") if path.is_file()] == ["token"]


def test_offline_is_offline(hub, job):
    events = run(job(), {**os.environ, "HF_HUB_OFFLINE": "1"})
    assert events == [Failed(ErrorCode.DOWNLOAD_OFFLINE, "HF_HUB_OFFLINE")]
    assert not hub.server.requests


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"repository": "fnlp/none"}, ErrorCode.DOWNLOAD_NOT_FOUND),
        ({"endpoint": "http://192.168.0.1"}, ErrorCode.DOWNLOAD_ADDRESS),
        ({"endpoint": "http://127.0.0.1:9"}, ErrorCode.DOWNLOAD_UNREACHABLE),
        ({"reserve": 2**60}, ErrorCode.DOWNLOAD_DISK_FULL),
        ({"file": "q4_0"}, ErrorCode.DOWNLOAD_NOTHING),
    ],
)
@pytest.mark.parametrize("site", Site)
def test_what_cannot_be_is_said(job, site, changes, code):
    failed = run(job(site=site, **changes))[-1]
    assert isinstance(failed, Failed)
    assert failed.code is code


def test_a_folder_that_cannot_be_made_is_said(job, tmp_path):
    (tmp_path / "file").write_text("")
    (failed,) = run(job(folder=str(tmp_path / "file" / "moss")))
    assert failed.code is ErrorCode.DOWNLOAD_FOLDER


def test_two_do_not_write_into_one_folder(job):
    with DownloaderClient(job(pace=100_000)) as client:
        next(event for event in client.events() if isinstance(event, Listed))
        (failed,) = run(job())
    assert failed.code is ErrorCode.DOWNLOAD_TAKEN


def test_another_downloads_folder_is_left_alone(hub, job, folder):
    run(job())
    hub.repositories["other/model"] = Repository(contents(1))
    (failed,) = run(job(repository="other/model"))
    assert failed.code is ErrorCode.DOWNLOAD_TAKEN
    assert files_in(folder) == wanted(contents())


def test_a_file_with_other_contents_than_listed_never_gets_its_name(hub, job, folder):
    evil = {SHARDS[1]: contents(7)[SHARDS[1]]}
    hub.repositories[NAME].served = evil
    events = run(job())
    assert events[-1] == Failed(ErrorCode.DOWNLOAD_DAMAGED, SHARDS[1])
    assert SHARDS[1] not in files_in(folder)
    hub.repositories[NAME].served = {}
    assert isinstance(run(job())[-1], Finished)
    assert files_in(folder) == wanted(contents())


def test_a_new_commit_replaces_what_has_changed_and_no_more(hub, job, folder):
    hub.faults[SHARDS[2]] = deque([Fault.PORTAL] * 20)
    assert run(job(connections=1))[-1].code is ErrorCode.DOWNLOAD_CHANGED
    hub.faults.clear()
    new = {**contents(), SHARDS[1]: b"new" * 1000, SHARDS[2]: b"newer" * 1000}
    hub.repositories[NAME].files = new
    assert isinstance(run(job())[-1], Finished)
    assert files_in(folder) == wanted(new)
    assert len(hub.asked(SHARDS[0])) == 1


def test_a_server_that_asks_to_wait_for_hours_is_not_waited_for(job, hub):
    hub.faults[""] = deque([Fault.BUSY] * 20)
    failed = run(job())[-1]
    assert failed.code is ErrorCode.DOWNLOAD_BUSY


def test_the_pace_can_be_changed_meanwhile(job):
    with DownloaderClient(job(pace=20_000)) as client:
        for event in client.events():
            if isinstance(event, Progress) and event.done < event.total:
                client.send(Pace(0))
    assert isinstance(event, Finished)


def test_unused_weights_do_not_pile_up(job, folder):
    seen = []
    with DownloaderClient(job(most_unused=1, connections=3)) as client:
        for event in client.events():
            if isinstance(event, Arrived) and event.file in SHARDS:
                here = [shard for shard in SHARDS if (folder / shard).exists()]
                seen.append(here)
                (folder / event.file).unlink()
                client.send(Used(event.file))
    assert isinstance(event, Finished)
    assert seen == [[shard] for shard in SHARDS]
    # The process may have ended before it heard of the last one.
    manifest.mark_used(folder, [SHARDS[-1]])
    assert isinstance(run(job(most_unused=1))[-1], Finished)
    assert not any((folder / shard).exists() for shard in SHARDS)


def test_a_gguf_comes_alone(hub, job, folder):
    hub.repositories["q/w-GGUF"] = Repository(
        {f"w-{kind}.gguf": kind.encode() * 900 for kind in ("q2_k", "q4_0", "q8_0")}
    )
    events = run(job(repository="q/w-GGUF", file="Q8_0"))
    assert isinstance(events[-1], Finished)
    assert files_in(folder) == {"w-q8_0.gguf": b"q8_0" * 900}


def test_names_from_the_server_do_not_lead_out_of_the_folder(hub, job, folder):
    files = contents()
    files["../pytorch_model.bin"] = b"evil" * 1000
    files["/etc/model.safetensors"] = b"evil" * 1000
    hub.repositories[NAME].files = files
    assert isinstance(run(job())[-1], Finished)
    assert not (folder.parent / "pytorch_model.bin").exists()


def test_progress_never_goes_beyond_the_whole(hub, job):
    hub.faults = {shard: deque([Fault.NO_RANGE, Fault.FLIPPED]) for shard in SHARDS}
    hub.faults[SHARDS[0]].appendleft(Fault.DROP)
    events = run(job(pace=3_000_000))
    steps = [event for event in events if isinstance(event, Progress)]
    assert all(0 <= step.done <= step.total for step in steps)
    assert any(isinstance(event, Retrying) for event in events)
    assert isinstance(events[-1], Finished)


def test_a_slow_server_is_noticed(hub, job, folder):
    hub.faults[SHARDS[0]] = deque([Fault.DRIP, Fault.STALL])
    events = run(job(connections=1))
    reasons = [e.detail.split(": ")[-1] for e in events if isinstance(e, Retrying)]
    assert reasons == ["slow", "timeout"]
    assert files_in(folder) == wanted(contents())


def test_a_damaged_manifest_or_journal_costs_no_more_than_time(hub, job, folder):
    with DownloaderClient(job(connections=1, pace=400_000)) as client:
        for event in client.events():
            if isinstance(event, Progress) and event.done > 200_000:
                break
    for path in [*folder.rglob("*.part.json"), folder / manifest.NAME]:
        path.write_bytes(path.read_bytes()[:-7])
    assert isinstance(run(job())[-1], Finished)
    assert files_in(folder) == wanted(contents())


def test_a_manifest_with_names_that_lead_astray_is_not_believed(job, folder):
    run(job())
    path = folder / manifest.NAME
    found = json.loads(path.read_text())
    found["files"][0]["path"] = "../../victim"
    victim = folder.parent.parent / "victim"
    victim.write_text("mine")
    path.write_text(json.dumps(found))
    manifest.discard(folder)
    assert victim.read_text() == "mine"


def test_a_download_that_is_given_up_leaves_nothing_of_its_own(job, folder):
    run(job())
    (folder / "mine.txt").write_text("mine")
    manifest.discard(folder)
    assert files_in(folder) == {"mine.txt": b"mine"}
    (folder / "mine.txt").unlink()


def test_a_file_that_was_renamed_before_the_kill_is_not_fetched_again(hub, job, folder):
    run(job())
    found = manifest.load(folder)
    manifest.save(folder, found.with_state(SHARDS[0], manifest.FileState.WANTED))
    assert isinstance(run(job())[-1], Finished)
    assert len(hub.asked(SHARDS[0])) == 1


def test_a_finished_file_that_has_gone_comes_back(hub, job, folder):
    run(job())
    (folder / SHARDS[0]).unlink()
    assert isinstance(run(job())[-1], Finished)
    assert files_in(folder) == wanted(contents())


def test_files_arrive_in_the_order_of_their_names(job):
    events = run(job(connections=1))
    arrived = [event.file for event in events if isinstance(event, Arrived)]
    shards = [name for name in arrived if name in SHARDS]
    assert all(a < b for a, b in pairwise(shards))
    assert arrived[-3:] == SHARDS
