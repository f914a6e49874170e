"""What is tried one after the other, and what is remembered of it."""

import os
from dataclasses import dataclass, field, replace

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.hardware import Device, DeviceKind, KvType, Reason, Step
from app.engine.computer import Computer
from app.engine.ladder import descend, rungs, shortage
from app.engine.memory import MIB
from app.engine.placements import Entry, Placements, key_of
from app.engine.protocol import Load
from tests.hardware_table import CASES, GIB, MODELS

SHORT = UserError(ErrorCode.OUT_OF_MEMORY, "no more")
NAMES = {case.name: case.computer for case in CASES}
CARD = NAMES["32 GB, card of 8 GB"]
TWO = NAMES["32 GB, cards of 8 and 12 GB"]
BARE = NAMES["32 GB, no card"]


def ladder(computer=CARD, model="16B Q4_0", **wishes):
    return rungs(MODELS[model], computer, Load("", **wishes))


def steps(found):
    return [rung.step for rung in found]


@dataclass
class Notes:
    """A record that only writes down."""

    start: int = 0
    died: int | None = None
    events: list = field(default_factory=list)

    def interrupted(self):
        return self.died

    def best(self):
        return self.start

    def trying(self, rung):
        self.events.append(("trying", rung))

    def worked(self, rung):
        self.events.append(("worked", rung))

    def forget(self):
        self.events.append(("forgot",))


def test_with_a_card_everything_is_tried_in_order():
    found = ladder()
    assert steps(found) == [
        None,
        Step.FEWER_LAYERS,
        Step.FEWER_LAYERS,
        Step.SMALLER_KV,
        Step.SMALLER_BATCH,
        Step.CPU_ONLY,
        Step.SMALLER_KV,
        Step.SMALLER_BATCH,
        Step.FROM_DISK,
    ]
    placements = [rung.placement for rung in found]
    assert [p.gpu_layers for p in placements] == [21, 15, 10, 10, 10, 0, 0, 0, 0]
    assert [p.batch for p in placements] == [512] * 4 + [128] * 3 + [32] * 2
    eight = KvType.Q8_0
    assert [p.kv_type is eight for p in placements] == [
        *[False] * 3,
        *[True] * 2,
        False,
        *[True] * 3,
    ]
    assert placements[5].reasons == (Reason.GPU_TOO_SMALL, Reason.NOT_MAPPED)
    last = placements[-1]
    assert (last.mapped, last.repacked) == (True, False)
    assert Reason.FROM_DISK in last.reasons


def test_each_step_takes_less_of_what_was_short():
    found = ladder()
    on_card = [sum(s.size for s in rung.placement.shares) for rung in found]
    assert on_card == sorted(on_card, reverse=True)
    on_host = [rung.placement.host_size for rung in found[5:]]
    assert on_host == sorted(on_host, reverse=True)


def test_a_whole_model_is_a_part_after_the_first_step():
    large = NAMES["32 GB, card of 24 GB"]
    first, second = (rung.placement for rung in ladder(large)[:2])
    assert first.reasons == (Reason.GPU_WHOLE,)
    assert (second.reasons, second.gpu_layers) == ((Reason.GPU_PART,), 26)


def test_two_cards_both_give_layers_up():
    placements = [rung.placement for rung in ladder(TWO, "16B Q8_0")[:3]]
    shares = [[s.layers for s in p.shares] for p in placements]
    assert shares == [[19, 12], [14, 9], [9, 6]]


def test_the_processor_alone_has_a_ladder_too():
    assert steps(ladder(BARE)) == [
        None,
        Step.SMALLER_KV,
        Step.SMALLER_BATCH,
        Step.FROM_DISK,
    ]


def test_what_is_on_disk_already_is_no_step():
    small = NAMES["8 GB of memory, no card"]
    assert steps(ladder(small)) == [None, Step.SMALLER_BATCH]


def test_choices_by_hand_are_kept_as_far_as_answers_depend_on_them():
    found = ladder(kv_type=KvType.F16, gpu_layers=4)
    assert [rung.placement.gpu_layers for rung in found][:3] == [4, 3, 2]
    assert {rung.placement.kv_type for rung in found} == {KvType.F16}
    assert Step.FROM_DISK not in steps(ladder(BARE, mmap=False))


def attempts(failing, error=SHORT):
    """An attempt that fails so many times, and what was tried."""
    tried = []

    def attempt(placement):
        tried.append(placement)
        if len(tried) <= failing:
            raise error
        return placement

    return attempt, tried


def test_the_first_that_works_is_taken():
    notes, told = Notes(), []
    attempt, tried = attempts(0)
    assert descend(ladder(), attempt, told.append, record=notes) is tried[0]
    assert told == []
    assert notes.events == [("trying", 0), ("worked", 0)]


@pytest.mark.parametrize("error", [SHORT, MemoryError("gone")])
def test_each_step_is_told_before_it_is_tried(error):
    notes, told = Notes(), []
    attempt, tried = attempts(3, error)
    made = descend(ladder(), attempt, told.append, record=notes)
    assert made is tried[-1]
    assert [rung.step for rung in told] == [
        Step.FEWER_LAYERS,
        Step.FEWER_LAYERS,
        Step.SMALLER_KV,
    ]
    assert [rung.placement for rung in told] == tried[1:]
    assert notes.events[-1] == ("worked", 3)


def test_when_nothing_works_the_last_reason_is_given():
    notes = Notes()
    attempt, tried = attempts(99)
    with pytest.raises(UserError) as caught:
        descend(ladder(), attempt, lambda _rung: None, record=notes)
    assert caught.value is SHORT
    assert len(tried) == 9
    assert notes.events[-1] == ("forgot",)


def test_another_trouble_ends_it_at_once():
    notes = Notes()
    damaged = UserError(ErrorCode.MODEL_UNREADABLE, "torn")
    attempt, tried = attempts(99, damaged)
    with pytest.raises(UserError) as caught:
        descend(ladder(), attempt, lambda _rung: None, record=notes)
    assert (caught.value, len(tried)) == (damaged, 1)
    assert notes.events == [("trying", 0), ("forgot",)]


def test_what_is_remembered_is_tried_first_and_is_no_step():
    told = []
    attempt, tried = attempts(1)
    made = descend(ladder(), attempt, told.append, record=Notes(start=3))
    assert tried[0].reasons[-1] is Reason.REMEMBERED
    assert [rung.step for rung in told] == [Step.SMALLER_BATCH]
    assert Reason.REMEMBERED not in made.reasons


def test_after_an_attempt_that_ended_the_process_comes_the_next():
    told = []
    attempt, _ = attempts(0)
    made = descend(ladder(), attempt, told.append, record=Notes(start=0, died=2))
    assert [rung.step for rung in told] == [Step.SMALLER_KV]
    assert made is told[0].placement


@pytest.mark.parametrize(("worked", "tried"), [(0, 1), (2, 3), (7, 8), (8, 8)])
def test_what_did_not_suffice_is_followed_by_the_next_that_is_there(worked, tried):
    found, told, notes = ladder(), [], Notes(start=worked)
    attempt, _ = attempts(0)
    made = descend(found, attempt, told.append, record=notes, less=True)
    assert told == [found[tried]]
    assert made is found[tried].placement
    assert notes.events[-1] == ("worked", tried)


def test_a_single_step_is_tried_again_without_a_word():
    told = []
    attempt, tried = attempts(0)
    descend(ladder()[:1], attempt, told.append, record=Notes(), less=True)
    assert (len(tried), told) == (1, [])


def test_beyond_the_last_step_there_is_nothing_to_try():
    notes = Notes(died=99)
    attempt, tried = attempts(0)
    with pytest.raises(UserError) as caught:
        descend(ladder(BARE), attempt, lambda _rung: None, record=notes)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY
    assert caught.value.detail == "10.8 GiB"
    assert tried == []
    assert notes.events == [("forgot",)]


def test_a_shortage_is_said_in_numbers():
    first = ladder(BARE)[0].placement
    assert shortage(replace(first, host_size=3 * GIB), GIB // 2) == "3.0 GiB > 0.5 GiB"
    assert shortage(replace(first, host_size=3 * GIB), -1) == "3.0 GiB > 0.0 GiB"


# -- what is remembered ----------------------------------------------------------------


def record(path, key="model", free=10 * GIB, *, suspect=True):
    return Placements(path).record(key, free=free, suspect=suspect)


def first(record):
    """The rung that would be tried first."""
    died = record.interrupted()
    return record.best() if died is None else died + 1


@pytest.fixture
def path(tmp_path):
    return tmp_path / "状态" / "placements.json"


def test_what_worked_is_where_the_next_one_begins(path):
    assert first(record(path)) == 0
    record(path).trying(0)
    record(path).trying(2)
    record(path).worked(2)
    assert first(record(path)) == 2
    assert first(record(path, key="another")) == 0


def test_with_more_memory_the_first_is_worth_an_attempt_again(path):
    record(path).worked(2)
    assert first(record(path, free=12 * GIB)) == 0
    assert first(record(path, free=8 * GIB)) == 2


def test_an_attempt_that_did_not_end_is_not_repeated(path):
    record(path).trying(1)
    assert first(record(path)) == 2


def test_an_attempt_of_another_program_says_nothing(path, monkeypatch):
    record(path).trying(1)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert first(record(path)) == 0


def test_a_small_model_that_died_did_not_exhaust_the_memory(path):
    record(path).trying(1)
    assert first(record(path, suspect=False)) == 0


def test_what_is_forgotten_is_tried_from_the_beginning(path):
    record(path).worked(2)
    record(path).forget()
    assert first(record(path)) == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"model": 1}', b'{"model": {"worked": "x"}}', b"\xff"],
)
def test_a_damaged_file_is_ignored_and_replaced(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    assert first(record(path)) == 0
    record(path).worked(1)
    assert first(record(path)) == 1


def test_a_place_that_cannot_be_written_to_is_no_trouble(tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "placements.json"
    record(path).worked(1)
    assert first(record(path)) == 0


def test_without_a_file_it_holds_as_long_as_the_process():
    placements = Placements(None)
    placements.record("m", free=1, suspect=True).worked(3)
    assert first(placements.record("m", free=1, suspect=True)) == 3


def test_the_file_does_not_grow_for_ever(path):
    placements = Placements(path)
    for number in range(200):
        placements.put(f"m{number}", Entry(worked=1))
    assert placements.get("m0") == Entry()
    assert placements.get("m199") == Entry(worked=1)
    assert path.stat().st_size < 10_000


def test_the_key_is_the_file_the_devices_and_the_wishes(tmp_path):
    path = tmp_path / "模型.gguf"
    path.write_bytes(b"GGUF")
    devices = (Device("CPU", total=8), Device("CUDA0", kind=DeviceKind.GPU, total=4))
    key = key_of(Load(str(path), id="a"), devices)
    # Free memory changes from minute to minute, and the id with every command.
    now = (replace(devices[0], free=3), devices[1])
    assert key_of(Load(str(path), id="b"), now) == key
    assert key_of(Load(str(path), context=512), devices) != key
    assert key_of(Load(str(path)), devices[:1]) != key
    path.write_bytes(b"GGUF, another")
    assert key_of(Load(str(path)), devices) != key
    assert "模型" not in key
    assert key_of(Load(str(tmp_path / "none")), devices)


def test_the_room_on_the_host_keeps_a_margin():
    host = Device("CPU", free=4 * GIB, total=8 * GIB)
    assert Computer(host).host_room == 4 * GIB - 512 * MIB - 256 * MIB
