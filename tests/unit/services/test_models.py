"""From checkpoint to loaded model, and back after a crash, with fakes at the seams."""

from dataclasses import dataclass, field

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, ModelInfo, Usage
from app.domain.hardware import Module, Placement, Reason, Share, Step
from app.domain.remote import RemoteModel, ServerKey
from app.engine import protocol
from app.engine.state_files import chat_tag
from app.services.models import ModelService, StatePlace
from app.services.observers import ModelState

FILES = (
    "config.json",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "pytorch_model.bin",
)


WHOLE = Placement()


@dataclass
class FakeEngine:
    sent: list = field(default_factory=list)

    def send(self, command):
        self.sent.append(command)


@dataclass
class FakeConverter:
    started: list = field(default_factory=list)

    def start(self, source, target, quantization):
        self.started.append((source, target, quantization))


@dataclass
class FakeObserver:
    states: list = field(default_factory=list)
    ready: list = field(default_factory=list)
    lost: int = 0
    errors: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def model_noted(self, phrases):
        self.notes.append(" ".join(phrase.english for phrase in phrases))

    def model_state_changed(self, state, fraction):
        self.states.append((state, fraction))

    def model_ready(self, model):
        self.ready.append(model)

    def model_lost(self):
        self.lost += 1

    def model_failed(self, error):
        self.errors.append(error)


def died(how):
    return UserError(ErrorCode.ENGINE_LOST, how)


class Bench:
    def __init__(self, folder):
        self.engine, self.converter = FakeEngine(), FakeConverter()
        self.observer = FakeObserver()
        self.folder = folder
        self.demo = folder / "demo"
        self.demo.mkdir()
        for name in FILES:
            (self.demo / name).write_text(name)
        self.models = self.new()

    def new(self):
        return ModelService(
            engine=self.engine,
            converter=self.converter,
            observer=self.observer,
            models=self.folder / "data" / "models",
            demo_checkpoint=self.demo,
            states=StatePlace(self.folder / "states"),
        )

    def loaded(self, placement=WHOLE):
        path = self.engine.sent[-1].path
        model = ModelInfo(
            path=path,
            name="m",
            architecture="phi2",
            form="plugin",
            demo=True,
            parameters=1,
            size_bytes=1,
            vocabulary=1,
            context=1,
            device="CPU",
            placement=placement,
        )
        self.models.engine_event(protocol.Loaded(model, 0.1, self.engine.sent[-1].id))
        return model


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_the_first_start_converts_and_loads(bench):
    bench.models.open_demo()
    [(source, target, quantization)] = bench.converter.started
    assert (source, quantization) == (bench.demo, "F16")
    assert target.parent.is_dir()
    bench.models.conversion_progress(0.5)
    assert bench.observer.states[-1] == (ModelState.CONVERTING, 0.5)
    target.touch()
    bench.models.conversion_finished()
    [command] = bench.engine.sent
    assert command.path == str(target)
    bench.models.engine_event(protocol.LoadProgress(0.25))
    assert bench.observer.states[-1] == (ModelState.LOADING, 0.25)
    model = bench.loaded()
    assert bench.observer.ready == [model]
    assert bench.models.state is ModelState.READY


def test_the_second_start_loads_at_once(bench):
    bench.models.open_demo()
    bench.converter.started[0][1].touch()
    again = bench.new()
    again.open_demo()
    assert len(bench.converter.started) == 1
    assert isinstance(bench.engine.sent[-1], protocol.Load)


def test_another_demo_is_converted_again(bench):
    bench.models.open_demo()
    first = bench.converter.started[0][1]
    first.touch()
    (bench.demo / "pytorch_model.bin").write_text("retrained")
    bench.new().open_demo()
    assert bench.converter.started[1][1] != first


def test_a_failed_conversion_is_said(bench):
    bench.models.open_demo()
    bench.models.conversion_finished("no space left")
    [error] = bench.observer.errors
    assert (error.code, error.detail) == (ErrorCode.CONVERSION_FAILED, "no space left")
    assert bench.engine.sent == []


def test_another_window_may_convert_first(bench):
    bench.models.open_demo()
    bench.converter.started[0][1].touch()
    bench.models.conversion_finished("the file exists")
    assert bench.models.state is ModelState.LOADING


def test_a_missing_demo_is_said(bench):
    (bench.demo / "vocab.json").unlink()
    bench.models.open_demo()
    assert bench.observer.errors[0].code is ErrorCode.MODEL_NOT_FOUND


def test_a_crash_brings_the_model_back(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    bench.loaded()
    bench.models.engine_lost(died("signal 9"))
    assert bench.models.state is ModelState.RESTARTING
    assert bench.engine.sent[-1].path == str(tmp_path / "m.gguf")
    assert bench.observer.lost >= 1
    bench.loaded()
    assert bench.models.state is ModelState.READY


def test_a_model_that_kills_the_engine_each_time_is_given_up(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    for _ in range(3):
        bench.models.engine_lost(died("signal 6"))
    assert bench.models.state is ModelState.FAILED
    assert bench.observer.errors[-1].code is ErrorCode.ENGINE_LOST
    assert len(bench.engine.sent) == 3


def test_what_the_engine_dies_of_twice_may_be_memory(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    for _ in range(2):
        bench.loaded()
        bench.models.engine_lost(died("signal 9"))
    assert [load.less for load in bench.engine.sent] == [False, False, True]


def test_memory_that_runs_out_later_brings_the_model_back_with_less(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    bench.loaded()
    short = protocol.Failed(ErrorCode.OUT_OF_MEMORY, "12 GB", "g", unloaded=True)
    bench.models.engine_event(short)
    assert bench.models.state is ModelState.RESTARTING
    assert bench.engine.sent[-1].less
    bench.models.engine_event(short)
    assert len(bench.engine.sent) == 2
    bench.loaded()
    assert bench.models.state is ModelState.READY
    bench.models.engine_event(short)
    bench.loaded()
    bench.models.engine_event(short)
    assert bench.models.state is ModelState.FAILED
    assert bench.observer.errors[-1].code is ErrorCode.OUT_OF_MEMORY


def test_crashes_long_apart_are_not_counted_together(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    for _ in range(10):
        bench.loaded()
        finished = protocol.Finished("g", FinishReason.STOP, Usage())
        bench.models.engine_event(finished)
        bench.models.engine_lost(died("signal 9"))
    assert bench.models.state is ModelState.RESTARTING


def test_a_file_that_cannot_be_loaded_is_named(bench, tmp_path):
    bench.models.open(tmp_path / "坏.gguf")
    load = bench.engine.sent[-1].id
    failed = protocol.Failed(ErrorCode.MODEL_UNREADABLE, "truncated", load)
    bench.models.engine_event(failed)
    [error] = bench.observer.errors
    assert isinstance(error, UserError)
    assert error.detail == "坏.gguf (truncated)"


def test_a_load_can_be_stopped_and_begun_again(bench, tmp_path):
    path = tmp_path / "m.gguf"
    bench.models.open(path)
    load = bench.engine.sent[-1]
    bench.models.unload()
    assert bench.engine.sent[-1] == protocol.Stop(load.id)
    bench.models.engine_event(protocol.Failed(ErrorCode.LOAD_CANCELLED, "", load.id))
    assert bench.models.state is ModelState.NONE
    assert bench.observer.errors == []
    bench.models.unload()
    assert bench.engine.sent[-1] == protocol.Stop(load.id)  # nothing more to stop
    bench.models.retry()
    assert bench.models.state is ModelState.LOADING
    assert bench.engine.sent[-1].path == str(path)


def test_a_model_that_was_unloaded_stays_so_until_it_is_wanted(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    bench.loaded()
    lost = bench.observer.lost
    bench.models.unload()
    assert bench.engine.sent[-1] == protocol.Unload()
    assert bench.models.state is ModelState.NONE
    assert bench.observer.lost == lost + 1
    bench.models.engine_lost(died("SIGKILL"))
    assert bench.engine.sent[-1] == protocol.Unload()
    bench.models.retry()
    assert isinstance(bench.engine.sent[-1], protocol.Load)


def test_the_answer_to_an_earlier_load_is_not_taken_for_the_later_one(bench, tmp_path):
    bench.models.open(tmp_path / "a.gguf")
    earlier = bench.engine.sent[-1].id
    bench.models.open(tmp_path / "b.gguf")
    bench.models.engine_event(protocol.Failed(ErrorCode.OUT_OF_MEMORY, "", earlier))
    assert bench.models.state is ModelState.LOADING
    assert bench.observer.errors == []
    bench.loaded()
    assert bench.models.state is ModelState.READY


def test_a_model_that_crashes_right_after_loading_is_given_up(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    for _ in range(3):
        bench.loaded()
        bench.models.engine_lost(died("signal 9"))
    assert bench.models.state is ModelState.FAILED


PART = Placement(
    layers=35,
    shares=(Share(device="CUDA0", description="RTX 3060", layers=10, size=1),),
    reasons=(Reason.GPU_PART,),
)


def test_each_step_is_said_and_then_how_it_ended(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    bench.models.engine_event(protocol.LoadStep(Step.FEWER_LAYERS, PART))
    assert bench.models.state is ModelState.STEPPING_DOWN
    bench.models.engine_event(protocol.LoadProgress(0.5))
    assert bench.observer.states[-1] == (ModelState.STEPPING_DOWN, 0.5)
    [step] = bench.observer.notes
    assert step == (
        "The graphics card has too little free memory. "
        "Trying again with 10 of 35 layers there."
    )
    bench.loaded(PART)
    assert bench.observer.notes[1:] == [
        "10 of 35 layers are on RTX 3060; the processor does the rest."
    ]


def test_nothing_is_said_when_all_is_well(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    bench.loaded(PART)
    bench.models.open(tmp_path / "m.gguf")
    bench.loaded(PART)
    assert bench.observer.notes == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (ErrorCode.ENGINE_LOST, "The engine stopped and is starting again."),
        (ErrorCode.ENGINE_SILENT, "The engine did not answer for 30 s, so it was"),
        (ErrorCode.PROTOCOL, "The engine said something strange, so it was ended"),
        (ErrorCode.INTERNAL, "The engine stopped and is starting again."),
    ],
)
def test_why_the_engine_starts_again_is_said(bench, tmp_path, code, words):
    bench.models.open(tmp_path / "m.gguf")
    bench.models.engine_lost(UserError(code, "30 s"))
    [note] = bench.observer.notes
    assert note.startswith(words)
    assert bench.observer.states[-1][0] is ModelState.RESTARTING
    for _ in range(2):
        bench.models.engine_lost(UserError(code, "30 s"))
    assert (bench.observer.errors[-1].code, len(bench.observer.notes)) == (code, 2)


def test_weights_from_the_disk_are_always_said(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    bench.loaded(Placement(reasons=(Reason.NO_GPU, Reason.FROM_DISK)))
    [note] = bench.observer.notes
    assert "very slow" in note


def test_a_module_without_a_device_is_said_once(bench):
    modules = (Module("CUDA"), Module("Vulkan", problem="no libvulkan.so.1"))
    hello = protocol.Hello(2, "llama.cpp", modules=(*modules, Module("BLAS", 1)))
    bench.models.engine_event(hello)
    bench.models.engine_event(hello)
    [note] = bench.observer.notes
    assert note == (
        "The CUDA module is there, but it finds no device; the processor does the work."
        " The Vulkan module cannot be loaded (no libvulkan.so.1); "
        "the processor does the work."
    )


def test_as_long_as_something_smaller_is_tried_it_is_not_given_up(bench, tmp_path):
    bench.models.open(tmp_path / "m.gguf")
    for layers in range(10, 0, -1):
        bench.models.engine_lost(died("signal 6"))
        assert bench.models.state is ModelState.RESTARTING
        share = Share(device="CUDA0", layers=layers, size=layers)
        smaller = Placement(layers=35, shares=(share,))
        bench.models.engine_event(protocol.LoadStep(Step.FEWER_LAYERS, smaller))
    for _ in range(3):
        # The same again is nothing new.
        bench.models.engine_event(protocol.LoadStep(Step.FEWER_LAYERS, smaller))
        bench.models.engine_lost(died("signal 6"))
    assert bench.models.state is ModelState.FAILED


def test_a_deleted_chats_states_go_with_or_without_an_engine(bench):
    states = bench.folder / "states"
    states.mkdir()
    tag = chat_tag("chat")
    mine, other = (states / f"e-m-{name}-b.kv" for name in (tag, "0"))
    mine.touch()
    other.touch()
    bench.models.forget("chat")
    assert not mine.exists()
    assert other.exists()
    bench.models.open(bench.folder / "m.gguf")
    bench.loaded()
    bench.models.forget("chat")
    assert bench.engine.sent[-1] == protocol.Forget("chat")


def test_the_engine_is_told_where_states_are(bench):
    bench.models.open(bench.folder / "m.gguf")
    load = bench.engine.sent[-1]
    assert load.state_folder == str(bench.folder / "states")
    assert load.state_budget > 0


SERVER = RemoteModel("https", "host", 443, model="m", form="sft")
KEY = ServerKey("sk-key")


def refused(bench, code=ErrorCode.SERVER_UNREACHABLE):
    load = bench.engine.sent[-1].id
    bench.models.engine_event(protocol.Failed(code, "host: refused", load))


def test_a_model_on_a_server_is_loaded_by_its_link(bench):
    bench.models.open(SERVER, KEY)
    [command] = bench.engine.sent
    assert (command.path, command.key) == ("https://host#m&form=sft", KEY)
    bench.loaded()
    assert bench.models.state is ModelState.READY


def test_a_server_that_is_down_is_said_once_and_not_asked_again(bench):
    bench.models.open(SERVER, KEY)
    refused(bench)
    assert bench.models.state is ModelState.FAILED
    assert len(bench.engine.sent) == 1
    [error] = bench.observer.errors
    assert error.detail == "host: refused"


def test_a_deleted_chats_states_go_while_a_server_has_the_model(bench):
    states = bench.folder / "states"
    states.mkdir()
    state = states / f"e-m-{chat_tag('chat')}-b.kv"
    state.touch()
    bench.models.open(SERVER, KEY)
    bench.loaded()
    bench.models.forget("chat")
    assert not state.exists()


def test_it_is_asked_again_when_the_user_wishes(bench):
    bench.models.open(SERVER, KEY)
    refused(bench)
    bench.models.retry()
    first, second = bench.engine.sent
    assert (second.path, second.key) == (first.path, first.key)
    bench.loaded()
    assert bench.models.state is ModelState.READY


def test_a_server_that_is_down_after_a_crash_ends_the_restart(bench):
    bench.models.open(SERVER, KEY)
    bench.loaded()
    bench.models.engine_lost(died("signal 9"))
    assert bench.engine.sent[-1].key == KEY
    refused(bench)
    assert bench.models.state is ModelState.FAILED
    assert len(bench.engine.sent) == 2


def test_a_key_goes_with_its_server_only(bench, tmp_path):
    bench.models.open(SERVER, KEY)
    bench.models.open(tmp_path / "m.gguf")
    assert bench.engine.sent[-1].key is None
    bench.models.open(SERVER, KEY)
    bench.models.open_demo()
    bench.models.conversion_finished("no space left")
    bench.models.engine_lost(died("signal 9"))
    assert bench.engine.sent[-1].key is None
