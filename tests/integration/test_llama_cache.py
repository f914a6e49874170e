"""What llama.cpp's cache holds is what our books say, whatever happens in between.

The models have one layer: keys and values of a token then depend on nothing before it,
so a prompt that was put together from moved and restored pieces must give the logits
of a fresh evaluation, and anything else is an error in our bookkeeping.
"""

import random
import threading

import numpy as np
import pytest
from llama_cpp import llama_cpp as ll

from app.domain.generation import FinishReason, Sampling, Segment, StopRule
from app.domain.hardware import KvType
from app.engine.backends.llama.cache import EvaluationCancelledError
from tests.fakes import tiny_gguf
from tests.fakes.llama_here import llama_here
from tests.fakes.tiny_gguf import TinyModel

pytestmark = pytest.mark.model

PREFIX = Segment("What all chats begin with, a sentence or two. ")
ONE = Sampling(temperature=0, repetition_penalty=1, max_tokens=1)
HOT = Sampling(temperature=3, top_p=1, top_k=0, repetition_penalty=1, max_tokens=20)
ROUNDING = 0.06
"""What float16 may cost; two turns in another order make four times the difference."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def model(folder):
    letters = dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 100.0)
    tiny = TinyModel(embedding=128, output_scale=1.0, biases=letters)
    return tiny_gguf.write(folder / "one layer.gguf", tiny)


@pytest.fixture(scope="module")
def llama():
    with llama_here() as llama:
        yield llama


@pytest.fixture
def loaded(llama, model):
    llama.load(model)
    return llama


@pytest.fixture
def tokenized(monkeypatch):
    """The texts that llama.cpp was asked to tokenize."""
    texts = []
    native = ll.llama_tokenize

    def tokenize(vocabulary, text, *others):
        texts.append(text.decode())
        return native(vocabulary, text, *others)

    monkeypatch.setattr(ll, "llama_tokenize", tokenize)
    return texts


def control(text):
    return Segment(text, control=True)


def turn(number):
    return (
        Segment(f"\nQ{number}: what is there to say of {number * 7919 % 1000}?"),
        control("<eoh>"),
        Segment(f" That {number * 31337 % 977} comes next."),
        control("<eom>"),
    )


def prompt(*numbers):
    return (PREFIX, *(segment for number in numbers for segment in turn(number)))


def ask(llama, segments, sampling=ONE, **options):
    options = {"prefix_segments": 1, "chat": "c", "shift": True} | options
    return llama.generate(segments, sampling, **options)


def logits(llama):
    """Those behind the last token that was evaluated; control tokens left out."""
    model = llama.backend._model
    row = ll.llama_get_logits_ith(model.context, -1)
    ordinary = len(tiny_gguf.byte_tokens())
    return np.ctypeslib.as_array(row, (ordinary,)).copy()


def check_books(llama):
    """Positions in llama.cpp's memory are those of our tokens."""
    cache = llama.cache
    for number, tokens in enumerate(cache.sequences):
        last = ll.llama_memory_seq_pos_max(cache._memory, number)
        assert last == len(tokens) - 1
        if tokens:
            assert ll.llama_memory_seq_pos_min(cache._memory, number) == 0


def fresh_logits(llama, segments):
    llama.cancelled.clear()
    llama.cache.clear()
    written = ask(llama, segments)
    assert written.usage.cached_tokens == 0
    return logits(llama)


def test_what_follows_left_out_turns_is_moved(loaded):
    ask(loaded, prompt(1, 2, 3, 4))
    usage = ask(loaded, prompt(3, 4, 5)).usage
    kept = len(loaded.backend.tokenize(prompt(3, 4)))
    assert usage.cached_tokens == kept
    assert usage.shifted_tokens == kept - len(loaded.backend.tokenize((PREFIX,)))
    moved = logits(loaded)
    check_books(loaded)
    fresh = fresh_logits(loaded, prompt(3, 4, 5))
    assert np.abs(moved - fresh).max() < ROUNDING
    other = fresh_logits(loaded, prompt(4, 3, 5))
    assert np.abs(other - fresh).max() > 3 * ROUNDING


def test_pinned_turns_stay_between_gaps(loaded):
    ask(loaded, prompt(1, 2, 3, 4, 5, 6))
    usage = ask(loaded, prompt(2, 5, 6, 7)).usage
    assert usage.cached_tokens == len(loaded.backend.tokenize(prompt(2, 5, 6)))
    moved = logits(loaded)
    fresh = fresh_logits(loaded, prompt(2, 5, 6, 7))
    assert np.abs(moved - fresh).max() < ROUNDING


@pytest.mark.parametrize(
    "options", [{"shift": False}, {"chat": "another"}, {"chat": ""}]
)
def test_nothing_is_moved_without_leave(loaded, options):
    ask(loaded, prompt(1, 2, 3, 4))
    usage = ask(loaded, prompt(3, 4, 5), **options).usage
    assert usage.shifted_tokens == 0
    # The beginning of the question is the same.
    assert usage.cached_tokens <= len(loaded.backend.tokenize((PREFIX,))) + 2


def test_another_chat_gets_nothing_that_knows_of_left_out_turns(loaded):
    ask(loaded, prompt(1, 2, 3))
    ask(loaded, prompt(2, 3, 4))
    prefix = len(loaded.backend.tokenize((PREFIX,)))
    assert loaded.cache.exact == prefix
    assert ask(loaded, prompt(2, 3), chat="other").usage.cached_tokens == prefix
    assert loaded.cache.exact == len(loaded.cache.tokens)


def test_nothing_is_moved_where_the_model_cannot(loaded, monkeypatch):
    ask(loaded, prompt(1, 2, 3, 4))
    monkeypatch.setattr(loaded.cache, "can_shift", False)
    assert ask(loaded, prompt(3, 4, 5)).usage.shifted_tokens == 0


def test_quantized_keys_are_not_moved(llama, model):
    # llama.cpp would end the process.
    loaded = llama.load(model, kv_type=KvType.Q8_0)
    assert loaded.placement.kv_type is KvType.Q8_0
    assert not loaded.can_shift
    ask(llama, prompt(1, 2, 3, 4))
    usage = ask(llama, prompt(3, 4, 5)).usage
    assert usage.shifted_tokens == 0
    check_books(llama)
    assert ask(llama, prompt(3, 4, 5, 6)).usage.cached_tokens == usage.prompt_tokens


def test_the_models_own_spelling_is_kept(llama, folder):
    # "he" is one token; this model writes it as two.
    path = tiny_gguf.write(
        folder / "spelling.gguf",
        TinyModel(biases={"h": 10.0, "e": 9.9, "l": 9.8}, scale=0.01),
    )
    llama.load(path)
    spelled = Sampling(temperature=0, repetition_penalty=1.5, max_tokens=3)
    assert llama.generate("?", spelled).text == "hel"
    canonical = llama.backend.tokenize((Segment("?hel!"),))
    usage = llama.generate("?hel!", ONE).usage
    assert (usage.cached_tokens, usage.prompt_tokens) == (3, len(canonical) + 1)


def test_candidates_share_the_prompt_and_go_their_own_ways(loaded):
    written = ask(loaded, prompt(1), HOT, candidates=3)
    assert len(set(written.texts.values())) == 3
    assert written.finished.reasons == (FinishReason.LENGTH,) * 3
    assert written.usage.generated_tokens == 60
    check_books(loaded)
    for seed, text in written.texts.items():
        loaded.cache.clear()
        again = Sampling(**_fields(HOT) | {"seed": written.usage.seed + seed})
        assert ask(loaded, prompt(1), again).text == text


def _fields(value):
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def test_the_next_prompt_goes_on_with_the_candidate_that_was_chosen(loaded):
    texts = ask(loaded, prompt(1), HOT, candidates=3).texts
    size = len(loaded.cache.sequences[2])
    chosen = (*prompt(1), Segment(texts[2]), control("<eom>"))
    usage = ask(loaded, chosen).usage
    assert usage.cached_tokens >= size - 2
    continued = logits(loaded)
    check_books(loaded)
    fresh = fresh_logits(loaded, chosen)
    assert np.abs(continued - fresh).max() < ROUNDING


def test_candidates_end_by_themselves_and_at_the_windows_end(llama, model):
    llama.load(model, context=128)
    start = llama.backend.tokenize(prompt(1))
    long = Sampling(temperature=3, repetition_penalty=1, max_tokens=1000)
    written = ask(llama, prompt(1), long, candidates=2)
    assert written.finished.reasons == (FinishReason.CONTEXT_FULL,) * 2
    # The last token of each need not fit.
    assert written.usage.generated_tokens == 128 - len(start) + 2
    check_books(llama)


def test_a_candidate_that_stops_leaves_the_others_alone(llama, folder):
    path = tiny_gguf.write(
        folder / "stops.gguf",
        TinyModel(biases={"<eom>": 10.0, "a": 12.0, "b": 12.0}),
    )
    llama.load(path)
    sampling = Sampling(temperature=1, top_p=1, top_k=0, seed=3, max_tokens=60)
    written = llama.generate("a", sampling, candidates=4, stop=(StopRule(("<eom>",)),))
    assert written.finished.reasons.count(FinishReason.STOP) >= 2
    assert len({len(text) for text in written.texts.values()}) > 1
    check_books(llama)


def test_more_candidates_than_there_are_sequences_are_not_written(loaded):
    assert len(ask(loaded, prompt(1), ONE, candidates=99).finished.reasons) == 4


def test_candidates_cost_no_second_cache(llama, model):
    llama.load(model, context=256)
    free = llama.cache.free
    ask(llama, prompt(1), HOT, candidates=2)
    used = free - llama.cache.free
    assert used == len(llama.backend.tokenize(prompt(1))) + 2 * 19


class Stops:
    """Sets the cancel flag at a moment of its own choosing."""

    def __init__(self, llama, seed):
        self._flag = llama.cancelled
        self._random = random.Random(seed)
        self._timer = None

    def __enter__(self):
        self._flag.clear()
        kind = self._random.random()
        if kind < 0.1:
            self._flag.set()
        elif kind < 0.7:
            seconds = self._random.random() * 0.02
            self._timer = threading.Timer(seconds, self._flag.set)
            self._timer.start()

    def __exit__(self, *_error):
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        self._flag.clear()


@pytest.mark.parametrize("seed", range(4))
def test_stops_at_any_moment_leave_the_cache_as_the_books_say(llama, folder, seed):
    tiny = TinyModel(embedding=128, output_scale=1.0, context=1024)
    path = tiny_gguf.write(folder / "long.gguf", tiny)
    choose = random.Random(seed)
    states = {"state_folder": str(folder / f"states {seed}"), "state_budget": 10**9}
    llama.load(path, **states)
    cancelled = 0
    turns = list(range(12))
    for number in range(60):
        if choose.random() < 0.3:
            turns = sorted(choose.sample(range(40), choose.randint(1, 16)))
        elif len(turns) > 3:
            turns = [*turns[choose.randint(0, 3) :], 40 + number]
        segments = prompt(*turns)
        with Stops(llama, choose.random()):
            if choose.random() < 0.3:
                cancelled += not llama.prepare(
                    segments, prefix_segments=1, chat="c", shift=True
                ).complete
            else:
                several = choose.choice((1, 1, 2, 4))
                reason = ask(llama, segments, HOT, candidates=several).reason
                cancelled += reason is FinishReason.CANCELLED
        check_books(llama)
        if choose.random() < 0.5:
            llama.save(steps=choose.choice((1, 3, None)))
            check_books(llama)
        if choose.random() < 0.1:
            llama.load(path, **states)
    assert 10 < cancelled < 60
    ask(llama, segments)
    moved = logits(llama)
    llama.load(path)
    assert np.abs(moved - fresh_logits(llama, segments)).max() < ROUNDING


def test_a_stop_while_keys_are_moved_waits_for_them(loaded, monkeypatch):
    ask(loaded, prompt(1, 2, 3, 4))
    monkeypatch.setattr(loaded.cancelled, "is_set", lambda: False)
    loaded.cancelled.set()  # native code looks at another place
    assert ask(loaded, prompt(3, 4, 5)).reason is FinishReason.CANCELLED
    kept = len(loaded.backend.tokenize(prompt(3, 4)))
    tokens = loaded.backend.tokenize(prompt(3, 4, 5))
    assert tuple(loaded.cache.tokens) == tokens[: kept + 1]
    assert loaded.cache.settled
    check_books(loaded)
    monkeypatch.undo()
    loaded.cancelled.clear()
    assert ask(loaded, prompt(3, 4, 5)).usage.cached_tokens == kept + 1
    found = logits(loaded)
    assert np.abs(found - fresh_logits(loaded, prompt(3, 4, 5))).max() < ROUNDING


@pytest.mark.parametrize("number", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("candidates", [1, 3])
def test_nothing_is_evaluated_after_a_stop(llama, model, number, candidates):
    llama.load(model, batch=32)
    cache, decode = llama.cache, llama.cache._decode
    begun = []

    def stopped(batch):
        begun.append([list(tokens) for tokens in cache.sequences])
        if len(begun) == number:
            llama.cancelled.set()  # before native code's first look, after our last
        return decode(batch)

    cache._decode = stopped
    try:
        written = ask(llama, prompt(1, 2), HOT, candidates=candidates)
    finally:
        cache._decode = decode
        llama.cancelled.clear()
    assert written.reason is FinishReason.CANCELLED
    assert len(begun) == number
    assert [list(tokens) for tokens in cache.sequences] == begun[-1]
    check_books(llama)
    before = max(begun[-1], key=len)
    whole = llama.backend.tokenize(prompt(1, 2))
    usage = ask(llama, prompt(1, 2)).usage
    assert usage.cached_tokens == min(len(before), len(whole) - 1)


def test_a_stop_in_a_batch_leaves_nothing_of_it(loaded):
    ask(loaded, prompt(1))
    before = list(loaded.cache.tokens)
    loaded.cancelled.set()
    with pytest.raises(EvaluationCancelledError):
        loaded.cache.evaluate([1, 2, 3])
    loaded.cancelled.clear()
    assert list(loaded.cache.tokens) == before
    check_books(loaded)


def test_a_finished_preparation_is_not_undone_by_a_shorter_one(loaded):
    ask(loaded, prompt(1, 2))
    ended = loaded.prepare((PREFIX,), prefix_segments=1)
    assert ended.complete
    assert ended.usage.evaluated_tokens == 0
    whole = len(loaded.backend.tokenize(prompt(1, 2)))
    assert len(loaded.cache.tokens) == whole


def test_a_prepared_prompt_need_not_be_read(loaded):
    ended = loaded.prepare(prompt(1, 2), prefix_segments=1, chat="c")
    whole = len(loaded.backend.tokenize(prompt(1, 2)))
    assert (ended.usage.prompt_tokens, ended.usage.cached_tokens) == (whole, 0)
    longer = (*prompt(1, 2), Segment("\nMore."))
    assert ask(loaded, longer).usage.cached_tokens == whole
    prepared = logits(loaded)
    assert np.abs(prepared - fresh_logits(loaded, longer)).max() < ROUNDING


def test_sure_models_say_the_same_from_a_cache_as_without(llama, demo_gguf):
    """Token by token, after stops at random moments, on a model that was trained."""
    llama.load(demo_gguf)
    choose = random.Random(5)
    questions = ["Hello!", "Tell me about Paris.", "What can you do?", "你好"]
    greedy = Sampling(temperature=0, repetition_penalty=1, max_tokens=40)
    for _ in range(25):
        asked = [
            part
            for question in choose.sample(questions, 3)
            for part in (
                Segment(f"<|Human|>: {question}"),
                control("<eoh>"),
                Segment("\n<|MOSS|>: Well.\n"),
            )
        ]
        with Stops(llama, choose.random()):
            llama.generate(asked, greedy)
        found = llama.generate(asked, greedy)
        llama.cache.clear()
        assert found.text == llama.generate(asked, greedy).text
        assert found.text


def test_what_was_said_before_is_not_tokenized_again(loaded, tokenized):
    first = ask(loaded, prompt(1, 2)).usage
    known = len(tokenized)
    assert tokenized.count(PREFIX.text) == 1
    tokens = loaded.backend.tokenize(prompt(1, 2))
    assert len(tokenized) == known
    assert len(tokens) == first.prompt_tokens
    ask(loaded, prompt(1, 2, 3))
    assert tokenized[known:] == [turn(3)[0].text, turn(3)[2].text]


def test_a_text_that_is_too_long_to_be_kept_is_read_each_time(loaded, tokenized):
    long = "word " * 10_000
    assert loaded.backend.tokenize((Segment(long),)) == loaded.backend.tokenize(
        (Segment(long),)
    )
    assert tokenized == [long, long]


def test_other_texts_do_not_take_the_place_of_all_that_is_known(loaded, tokenized):
    for number in range(300):
        loaded.backend.tokenize((PREFIX, Segment(f"{number}!")))
    assert tokenized.count(PREFIX.text) == 1
