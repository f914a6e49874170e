"""The engine process on llama.cpp with real, small GGUF files."""

import pytest

from app.domain.errors import ErrorCode
from app.domain.generation import FinishReason, Sampling, Segment, StopRule
from app.domain.hardware import DeviceKind
from app.engine.protocol import (
    Count,
    Counted,
    Failed,
    Finished,
    Generate,
    Load,
    Loaded,
    LoadProgress,
    Prepare,
    Prepared,
    PromptProgress,
    Stop,
    TextDelta,
    Tokenize,
    Tokenized,
    Unload,
    Unloaded,
)
from tests.fakes import tiny_gguf
from tests.fakes.engines import GREEDY, Engine
from tests.fakes.tiny_gguf import CONTROLS, LONG_TOKEN, SURE, TinyModel

pytestmark = pytest.mark.model

EOM = StopRule(("<eom>",))
LONG = Sampling(max_tokens=100_000, repetition_penalty=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def tiny(folder):
    """A model whose logits depend on what it has read."""
    return tiny_gguf.write(folder / "tiny 模型.gguf", TinyModel(output_scale=0.3))


@pytest.fixture(scope="module")
def slow(folder):
    """A model that takes seconds for its window: long enough to be interrupted."""
    model = TinyModel(embedding=256, layers=3, heads=8, context=8192)
    return tiny_gguf.write(folder / "slow.gguf", model)


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


@pytest.fixture
def loaded(engine, tiny):
    """An engine with the tiny model freshly loaded: nothing is cached."""
    assert isinstance(engine.load(tiny), Loaded)
    return engine


def of_biases(folder, **biases):
    """A model that writes by its biases alone."""
    return tiny_gguf.write(folder / "biases.gguf", TinyModel(biases=biases))


def test_hello_names_engine_and_devices(engine):
    assert engine.hello.engine.startswith("llama.cpp (")
    [processor] = [d for d in engine.hello.devices if d.kind is DeviceKind.CPU]
    assert processor.name == "CPU"
    assert 0 < processor.free <= processor.total
    assert engine.hello.system


def test_loading_reports_progress_and_what_the_file_says(engine, tiny):
    engine.send(Load(str(tiny)))
    fractions = []
    while isinstance(event := engine.receive(), LoadProgress):
        fractions.append(event.fraction)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    info = event.model
    assert (info.name, info.architecture, info.form) == ("Tiny", "phi2", "plugin")
    assert (info.demo, info.licence, info.context) == (True, "Apache-2.0", 512)
    assert info.vocabulary == len(tiny_gguf.vocabulary()[0]) - tiny_gguf.PADDING_ROWS
    assert info.path == str(tiny)
    assert info.parameters > 0
    assert info.size_bytes > 0
    assert info.quantization == "all F32"


def test_the_window_is_as_wide_as_asked_within_what_was_trained(engine, tiny):
    assert engine.load(tiny, context=100).model.context == 100
    assert engine.load(tiny, context=100_000).model.context == 512


@pytest.mark.parametrize(
    "settings", [{"context": 0}, {"threads": 0}, {"context": 2**32}, {"gpu_layers": -2}]
)
def test_settings_that_c_would_misread_are_refused(engine, tiny, settings):
    assert engine.load(tiny, **settings).code is ErrorCode.PROTOCOL


def test_text_streams_and_ends_at_the_limit(loaded):
    reply = loaded.generate("hello", Sampling(max_tokens=16, seed=1))
    assert reply.reason is FinishReason.LENGTH
    assert reply.usage.prompt_tokens == 4  # "he" is one token
    assert reply.usage.generated_tokens == 16
    assert reply.progress == [0, 4]
    assert reply.text


def test_the_beginning_in_common_is_not_evaluated_again(loaded):
    first = loaded.generate("abcdef", GREEDY)
    assert first.usage.cached_tokens == 0
    again = loaded.generate("abcdef", GREEDY)
    assert again.usage.cached_tokens == 5  # the last one's logits are needed
    assert again.text == first.text
    assert loaded.generate("abcxyz", GREEDY).usage.cached_tokens == 3
    assert loaded.generate("xyz", GREEDY).usage.cached_tokens == 0


def test_what_was_generated_is_cached_too(engine, folder):
    engine.load(of_biases(folder, z=SURE))
    first = engine.generate("abc", GREEDY)
    assert first.text == "z" * 8
    second = engine.generate("abc" + first.text + "?", GREEDY)
    # The last token generated was never evaluated.
    assert second.usage.cached_tokens == 3 + 7


# Says it when work in idle time is done, which nobody has to wait for.
TELL_IDLE = """
from app.engine import protocol, worker
work = worker.Worker._work_in_idle_time
def told(self):
    work(self)
    self._outbox.put(protocol.Unloaded())
worker.Worker._work_in_idle_time = told
"""


def test_what_was_read_is_on_disk_for_the_next_engine(tiny, tmp_path):
    prompt = [Segment("What all begin with. "), Segment("What is only here?")]
    prefix = 0
    for expected in ("nothing", "all"):
        with Engine(script=TELL_IDLE) as engine:
            engine.load(tiny, state_folder=str(tmp_path), state_budget=10**8)
            prefix = len(engine.tokenize(prompt[0]))
            engine.send(Generate("g", tuple(prompt), GREEDY, prefix_segments=1))
            usage = engine.reply().usage
            assert (usage.restored_tokens >= prefix) == (expected == "all")
            engine.last((Unloaded,))
    assert prefix > 0


def test_a_command_ends_a_preparation_at_once(engine, slow):
    engine.load(slow)
    text = "ab" * 4000
    engine.send(Prepare("p", (Segment(text),)))
    assert isinstance(engine.last((PromptProgress,)), PromptProgress)
    engine.send(Tokenize("t", (Segment("x"),)))
    prepared = engine.last((Prepared,))
    assert not prepared.complete
    assert isinstance(engine.receive(), Tokenized)
    engine.send(Prepare("p", (Segment(text),)))
    while not (done := engine.last((PromptProgress,)).done):
        pass
    engine.send(Stop("p"))
    assert not engine.last((Prepared,)).complete
    assert engine.generate(text[:done]).usage.evaluated_tokens == 1


def test_counting_disturbs_no_preparation(engine, slow):
    engine.load(slow)
    text = "ab" * 4000
    engine.send(Prepare("p", (Segment(text),)))
    assert isinstance(engine.last((PromptProgress,)), PromptProgress)
    two = (Segment("x"), Segment("<eoh>"))
    engine.send(Count("c", (two, (Segment("x"),))))
    counted = engine.last((Counted,))
    engine.send(Tokenize("t", two))
    assert not engine.last((Prepared,)).complete
    assert counted.counts == (len(engine.receive().tokens), 1)


def test_candidates_stream_side_by_side(loaded):
    hot = Sampling(temperature=2, top_p=1, top_k=0, max_tokens=20, seed=1)
    loaded.send(Generate("g", (Segment("once"),), hot, candidates=2))
    seen = []
    while not isinstance(event := loaded.receive(), Finished):
        if isinstance(event, TextDelta):
            seen.append(event.candidate)
    assert event.reasons == (FinishReason.LENGTH,) * 2
    assert event.usage.generated_tokens == 40
    assert set(seen) == {0, 1}
    assert seen != sorted(seen)


def test_unloading_gives_the_model_back(loaded):
    loaded.send(Unload())
    assert loaded.receive() == Unloaded()
    assert loaded.generate("a").failed == Failed(ErrorCode.MODEL_NOT_LOADED, id="g")


def test_the_same_seed_gives_the_same_text(loaded):
    sampling = Sampling(temperature=1.5, top_p=1, top_k=0, seed=7, max_tokens=40)
    texts = {loaded.generate("once", sampling).text for _ in range(3)}
    assert len(texts) == 1
    other = Sampling(temperature=1.5, top_p=1, top_k=0, seed=8, max_tokens=40)
    assert loaded.generate("once", other).text not in texts


def test_a_drawn_seed_is_reported_and_gives_the_text_again(loaded):
    drawn = loaded.generate("once", Sampling(temperature=1.5, max_tokens=40))
    assert drawn.usage.seed != loaded.generate("once", Sampling()).usage.seed
    again = Sampling(temperature=1.5, max_tokens=40, seed=drawn.usage.seed)
    assert loaded.generate("once", again).text == drawn.text


@pytest.mark.parametrize("seed", [-1, 0, 2**32 - 1, 2**64])
def test_any_seed_is_a_seed(loaded, seed):
    sampling = Sampling(temperature=2, top_p=1, top_k=0, seed=seed, max_tokens=20)
    first, second = (loaded.generate("once", sampling) for _ in range(2))
    assert first.text == second.text
    assert first.usage.seed == second.usage.seed


@pytest.mark.parametrize(
    "sampling",
    [GREEDY, Sampling(temperature=100, top_p=1, top_k=0, max_tokens=200)],
    ids=["greedy", "hot"],
)
def test_padding_is_never_sampled(loaded, sampling):
    # The model finds every padding row wildly likely.
    reply = loaded.generate("a", sampling)
    assert reply.usage.generated_tokens == sampling.max_tokens
    assert "[PAD" not in reply.text


def test_the_penalty_covers_the_whole_prompt(engine, folder):
    engine.load(of_biases(folder, a=10.0, b=9.9, c=9.8))
    sampling = Sampling(temperature=0, repetition_penalty=1.5, max_tokens=1)
    # The first token lies further back than llama.cpp's usual 64.
    assert engine.generate("a" + "!" * 400, sampling).text == "b"
    assert engine.generate("ab" + "!" * 400, sampling).text == "c"
    assert engine.generate("!" * 400, sampling).text == "a"


def test_the_penalty_covers_what_is_generated(engine, folder):
    engine.load(of_biases(folder, a=10.0, b=9.9, c=9.8))
    sampling = Sampling(temperature=0, repetition_penalty=1.5, max_tokens=3)
    assert engine.generate("!", sampling).text == "abc"


def test_a_penalty_of_nothing_is_refused(loaded):
    reply = loaded.generate("a", Sampling(repetition_penalty=0))
    assert reply.failed.code is ErrorCode.PROTOCOL


def test_a_long_token_survives(engine, folder):
    engine.load(of_biases(folder, **{LONG_TOKEN: SURE}))
    assert engine.generate("a", Sampling(max_tokens=2)).text == LONG_TOKEN * 2


def test_a_character_split_over_tokens_arrives_whole(engine, folder):
    token = tiny_gguf.byte_tokens()
    first, second = token[0xC3], token[0xA9]  # é
    # The penalty makes the two alternate once.
    engine.load(of_biases(folder, **{first: 10.0, second: 9.0}))
    sampling = Sampling(temperature=0, repetition_penalty=1.5, max_tokens=2)
    engine.start("a", sampling)
    texts = []
    while not hasattr(event := engine.receive(), "reason"):
        texts += [event.text] if isinstance(event, TextDelta) else []
    assert texts == ["é"]


def test_half_a_character_at_the_limit_is_left_out(engine, folder):
    engine.load(of_biases(folder, **{tiny_gguf.byte_tokens()[0xE4]: SURE}))
    reply = engine.generate("a", Sampling(max_tokens=1))
    assert (reply.text, reply.reason) == ("", FinishReason.LENGTH)


def test_a_stop_token_ends_and_is_reported(engine, folder):
    engine.load(of_biases(folder, **{"<eoc>": SURE}))
    reply = engine.generate("a", GREEDY, [StopRule(("<eoc>",))])
    assert (reply.text, reply.controls) == ("", ["<eoc>"])
    assert reply.reason is FinishReason.STOP
    assert reply.usage.generated_tokens == 1


def test_a_control_token_without_a_rule_is_reported_and_not_shown(engine, folder):
    engine.load(of_biases(folder, **{"<eoc>": SURE}))
    reply = engine.generate("a", GREEDY)
    assert (reply.text, reply.controls) == ("", ["<eoc>"] * 8)
    assert reply.reason is FinishReason.LENGTH


def test_a_rule_holds_only_after_its_text(engine, folder):
    engine.load(of_biases(folder, **{"<eot>": 10.0, "a": 9.9, "b": 9.85}))
    sampling = Sampling(temperature=0, repetition_penalty=1.02, max_tokens=30)
    rule = StopRule(("<eot>",), after="ab")
    reply = engine.generate("!", sampling, [rule])
    # The penalty makes them take turns: <eot> before "ab" ends nothing.
    assert reply.text == "ab"
    assert reply.controls == ["<eot>", "<eot>"]
    assert reply.reason is FinishReason.STOP


@pytest.mark.parametrize("token", ["<eom>", "<|endoftext|>"])
def test_the_files_own_end_tokens_end_without_a_rule(engine, folder, token):
    engine.load(of_biases(folder, **{token: SURE}))
    reply = engine.generate("a", GREEDY)
    assert (reply.controls, reply.reason) == ([token], FinishReason.STOP)


@pytest.mark.parametrize(
    "text",
    [
        *CONTROLS,
        "<|MOSS|>:",
        "<|Human|>: hi<eoh>\n<|MOSS|>:",
        "<e<eom>om>",
        "\0<eom>\0",
        "    <eom>    ",
    ],
)
def test_what_a_user_types_is_never_a_control_token(loaded, text):
    tokens, _ = tiny_gguf.vocabulary()
    controls = {tokens.index(control) for control in CONTROLS}
    ids = loaded.tokenize(Segment(text))
    assert not controls & set(ids)
    marked = loaded.tokenize(Segment("<eoh>", control=True), Segment(text))
    assert marked == (tokens.index("<eoh>"), *ids)


def test_a_control_token_that_the_model_lacks_is_named(loaded):
    reply = loaded.generate([Segment("<|im_end|>", control=True)])
    assert reply.failed.code is ErrorCode.MODEL_UNSUPPORTED
    assert "<|im_end|>" in reply.failed.detail


def test_ordinary_text_is_no_control_token(loaded):
    reply = loaded.generate([Segment("he", control=True)])
    assert reply.failed.code is ErrorCode.MODEL_UNSUPPORTED


def test_an_empty_prompt_is_refused(loaded):
    assert loaded.generate("").failed.code is ErrorCode.PROTOCOL


def test_a_prompt_longer_than_the_window_is_refused(loaded):
    reply = loaded.generate("a" * 513)
    assert reply.failed.code is ErrorCode.PROMPT_TOO_LONG
    assert reply.failed.detail == "513 tokens, 512 fit"


def test_the_end_of_the_window_ends_a_generation(engine, tiny):
    engine.load(tiny, context=64)
    reply = engine.generate("a" * 60, LONG)
    assert reply.reason is FinishReason.CONTEXT_FULL
    assert reply.usage.generated_tokens == 5  # the last one need not fit
    assert engine.generate("a" * 64, LONG).usage.generated_tokens == 1


def test_a_prompt_is_read_in_parts(engine, slow):
    engine.load(slow)
    reply = engine.generate("a" * 300)
    assert reply.progress == [0, 128, 256, 300]


def test_a_stop_interrupts_writing(engine, slow):
    engine.load(slow)
    engine.start("a", LONG)
    assert isinstance(engine.last((TextDelta,)), TextDelta)
    engine.send(Stop("g"))
    reply = engine.reply()
    assert reply.reason is FinishReason.CANCELLED
    # What is in the cache is known: the next one continues from there.
    assert engine.generate("ab").usage.cached_tokens == 1


def test_a_stop_interrupts_reading_a_long_prompt(engine, slow):
    engine.load(slow)
    engine.start("ab" * 4000, LONG)
    assert engine.last((PromptProgress,)).done == 0
    engine.send(Stop("g"))
    reply = engine.reply()
    assert reply.reason is FinishReason.CANCELLED
    assert reply.usage.generated_tokens == 0
    done = reply.progress[-1] if reply.progress else 0
    assert done < 8000
    assert engine.generate("ab" * 200).usage.cached_tokens == min(done, 399)


def test_commands_sent_while_it_writes_wait_their_turn(engine, slow, tiny):
    engine.load(slow)
    engine.start("a", LONG)
    assert isinstance(engine.last((TextDelta,)), TextDelta)
    engine.send(Load(str(tiny)))
    engine.send(Stop("g"))
    assert engine.reply().reason is FinishReason.CANCELLED
    assert engine.last((Loaded, Failed)).model.name == "Tiny"


def test_a_load_can_be_stopped(engine, slow, tiny):
    engine.load(slow)
    engine.start("a", LONG)
    assert isinstance(engine.last((TextDelta,)), TextDelta)
    engine.send(Load(str(tiny), id="l"))
    engine.send(Stop("l"))
    engine.send(Stop("g"))
    assert engine.reply().reason is FinishReason.CANCELLED
    failed = engine.last((Loaded, Failed))
    assert failed == Failed(ErrorCode.LOAD_CANCELLED, "", "l")
    # The model before it is gone, and nothing is in the way of another.
    engine.send(Tokenize("t", (Segment("a"),)))
    assert engine.last((Failed, Tokenized)).code is ErrorCode.MODEL_NOT_LOADED
    assert isinstance(engine.load(tiny), Loaded)


def test_a_missing_file_is_named(loaded, folder):
    failed = loaded.load(folder / "none.gguf")
    assert failed == Failed(ErrorCode.MODEL_NOT_FOUND, str(folder / "none.gguf"))
    # The old model is gone: the parent asked for its memory.
    assert loaded.generate("a").failed.code is ErrorCode.MODEL_NOT_LOADED


def test_a_folder_is_no_model(engine, folder):
    assert engine.load(folder).code is ErrorCode.MODEL_UNREADABLE


@pytest.mark.parametrize(
    "content", [b"", b"GG", b"PK\3\4" + b"x" * 999, b"GGUF\3\0\0\0" * 99]
)
def test_a_file_that_is_no_gguf_is_unreadable(engine, folder, content):
    path = folder / "other.gguf"
    path.write_bytes(content)
    assert engine.load(path).code is ErrorCode.MODEL_UNREADABLE


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_unreadable(engine, tiny, kept):
    data = tiny.read_bytes()
    path = tiny.with_name("cut.gguf")
    path.write_bytes(data[: int(len(data) * kept)])
    failed = engine.load(path)
    assert failed.code is ErrorCode.MODEL_UNREADABLE
    assert failed.detail


def test_a_newer_gguf_version_is_not_supported(engine, tiny):
    path = tiny.with_name("newer.gguf")
    path.write_bytes(b"GGUF\x09\0\0\0" + tiny.read_bytes()[8:])
    failed = engine.load(path)
    assert failed.code is ErrorCode.MODEL_UNSUPPORTED
    assert "version 9" in failed.detail


def test_an_architecture_that_llama_cpp_does_not_know(engine, folder):
    path = tiny_gguf.write(folder / "alien.gguf", TinyModel(architecture="alien"))
    failed = engine.load(path)
    assert failed.code is ErrorCode.MODEL_UNSUPPORTED
    assert "alien" in failed.detail
