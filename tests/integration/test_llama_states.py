"""Chats go on where they were after a restart, and only what is right is believed."""

import os
import shutil

import numpy as np
import pytest

from app.domain.generation import Sampling, Segment
from app.engine.state_files import Block, chat_tag
from tests.fakes import tiny_gguf
from tests.fakes.llama_here import llama_here
from tests.fakes.tiny_gguf import TinyModel
from tests.integration.test_llama_cache import (
    PREFIX,
    ROUNDING,
    ask,
    check_books,
    control,
    fresh_logits,
    logits,
    prompt,
)

pytestmark = pytest.mark.model

WRITE = Sampling(temperature=0, repetition_penalty=1, max_tokens=12)
SIZES = {"embedding": 128, "layers": 2, "output_scale": 1.0}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "two layers.gguf"
    letters = dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 100.0)
    return tiny_gguf.write(path, TinyModel(**SIZES, biases=letters))


@pytest.fixture(scope="module")
def llama():
    with llama_here() as llama:
        yield llama


@pytest.fixture
def start(llama, model, tmp_path):
    """Loads the model as a fresh program would, with the same folder of states."""

    def load(path=model, **settings):
        settings = {"state_folder": str(tmp_path / "states")} | settings
        llama.load(path, **{"state_budget": 10**9} | settings)
        return llama

    return load


def files(llama_folder):
    return sorted((llama_folder / "states").glob("*.kv"))


def count(llama, segments):
    return len(llama.backend.tokenize(tuple(segments)))


def test_a_new_chat_finds_the_prefix_on_disk(start):
    llama = start()
    ask(llama, prompt(1, 2))
    llama.save()
    llama = start()
    usage = ask(llama, prompt(7), chat="new").usage
    assert usage.restored_tokens == usage.cached_tokens >= count(llama, (PREFIX,))
    restored = logits(llama)
    check_books(llama)
    llama = start(state_folder=None)
    assert np.abs(restored - fresh_logits(llama, prompt(7))).max() < ROUNDING


def test_a_chat_goes_on_where_it_was(start):
    llama = start()
    written = ask(llama, prompt(1, 2), WRITE)
    llama.save()
    after = (*prompt(1, 2), Segment(written.text), control("<eom>"), Segment("Next?"))
    there = len(llama.cache.tokens)
    llama = start()
    usage = ask(llama, after).usage
    assert usage.restored_tokens == usage.cached_tokens
    # A short end is not worth a file.
    assert there - 16 < usage.cached_tokens <= there
    restored = logits(llama)
    check_books(llama)
    llama = start(state_folder=None)
    assert np.abs(restored - fresh_logits(llama, after)).max() < ROUNDING


def test_what_was_moved_is_restored_for_its_own_chat(start):
    llama = start()
    ask(llama, prompt(1, 2, 3, 4))
    ask(llama, prompt(3, 4, 5))
    moved = logits(llama)
    llama.save()
    llama = start()
    usage = ask(llama, prompt(3, 4, 5)).usage
    assert usage.evaluated_tokens < 20
    assert llama.cache.exact < len(llama.cache.tokens)
    # The sums run over other cells in another order.
    assert np.abs(moved - logits(llama)).max() < ROUNDING
    llama = start()
    usage = ask(llama, prompt(3, 4, 5), chat="d").usage
    assert usage.restored_tokens == count(llama, (PREFIX,))


def test_the_cache_goes_before_the_disk(start):
    llama = start()
    ask(llama, prompt(1, 2))
    llama.save()
    assert ask(llama, prompt(1, 2, 3)).usage.restored_tokens == 0


def test_a_chat_that_is_opened_is_restored_in_the_background(start):
    llama = start()
    ask(llama, prompt(1, 2))
    llama.save()
    ask(llama, prompt(7, 8), chat="other")
    ended = llama.prepare(prompt(1, 2), prefix_segments=1, chat="c")
    assert ended.complete
    # What is in the cache already is not read again.
    assert ended.usage.restored_tokens > 0
    assert ask(llama, prompt(1, 2)).usage.restored_tokens == 0


def test_a_preparation_saves_the_chat_that_it_puts_away(start):
    llama = start()
    ask(llama, prompt(1, 2))
    llama.prepare(prompt(7, 8), prefix_segments=1, chat="other")
    usage = ask(llama, prompt(1, 2, 3)).usage
    assert usage.evaluated_tokens < count(llama, prompt(3)) + 16


def test_a_preparation_that_is_stopped_keeps_what_it_has(start):
    llama = start()
    whole = count(llama, prompt(*range(8)))
    llama.cancelled.set()
    ended = llama.prepare(prompt(*range(8)), prefix_segments=1)
    assert not ended.complete
    llama.cancelled.clear()
    check_books(llama)
    assert llama.prepare(prompt(*range(8))).complete
    assert len(llama.cache.tokens) == whole


@pytest.mark.parametrize("change", ["window", "time", "content", "path"])
def test_states_of_something_else_are_not_taken(start, model, tmp_path, change):
    path = shutil.copy2(model, tmp_path / "model.gguf")
    llama = start(path)
    ask(llama, prompt(1, 2))
    llama.save()
    settings = {}
    if change == "window":
        settings["context"] = 256
    elif change == "time":
        os.utime(path, (1, 1))
    elif change == "content":
        facts = path.stat()
        tiny_gguf.write(path, TinyModel(**SIZES, seed=2))
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    else:
        path = path.rename(tmp_path / "other.gguf")
    llama = start(path, **settings)
    assert ask(llama, prompt(1, 2)).usage.restored_tokens == 0


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_damaged_file_costs_an_evaluation_and_nothing_else(start, tmp_path, place):
    llama = start()
    ask(llama, prompt(1, 2, 3))
    llama.save()
    path = files(tmp_path)[place]
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content)
    llama = start()
    found = ask(llama, prompt(1, 2, 3)).usage
    assert found.restored_tokens < count(llama, prompt(1, 2, 3)) - 16
    assert not path.exists()
    after = logits(llama)
    llama.save()
    assert path.exists()  # written anew
    llama = start(state_folder=None)
    assert np.abs(after - fresh_logits(llama, prompt(1, 2, 3))).max() < ROUNDING


def test_what_llama_cpp_does_not_take_is_deleted(start, tmp_path):
    """Files of ours, whole and with the right names, whose data is of another form."""
    other = tiny_gguf.write(tmp_path / "other.gguf", TinyModel(embedding=128, layers=3))
    llama = start(other)
    ask(llama, prompt(1, 2))
    strange = llama.cache.copy_out(0, 64)
    llama = start()
    ask(llama, prompt(1, 2))
    whole = llama.cache.copy_out(0, 64)
    tokens = tuple(llama.cache.tokens[:64])
    llama = start()
    states = llama.backend._reader._states
    for data in (strange, whole[:-8], bytearray(500), bytearray(b"\xff" * 500)):
        block = Block(parent="", chat="", exact=True, start=0, tokens=tokens)
        (*_,) = states.write(block, data)
        assert len(files(tmp_path)) == 1
        usage = ask(llama, prompt(1, 2)).usage
        assert usage.restored_tokens == 0
        assert files(tmp_path) == []
        check_books(llama)
        llama.cache.clear()


def test_a_budget_of_nothing_saves_nothing(start, tmp_path):
    llama = start(state_budget=0)
    ask(llama, prompt(1, 2))
    llama.save()
    assert files(tmp_path) == []


def test_candidates_are_saved_and_matched_too(start):
    llama = start()
    hot = Sampling(temperature=2, repetition_penalty=1, max_tokens=20)
    texts = ask(llama, prompt(1), hot, candidates=2).texts
    llama.save()
    check_books(llama)
    chosen = (*prompt(1), Segment(texts[1]), control("<eom>"))
    assert ask(llama, chosen).usage.evaluated_tokens <= 2
    check_books(llama)


def test_saved_blocks_name_their_chat_but_for_the_prefix(start, tmp_path):
    llama = start()
    ask(llama, prompt(1, 2), chat="my chat")
    llama.save()
    names = [path.name.split("-")[2] for path in files(tmp_path)]
    assert set(names) == {"0" * 16, chat_tag("my chat")}


def test_a_deleted_chat_is_gone_from_memory_and_disk(start, tmp_path):
    llama = start()
    ask(llama, prompt(1, 2))
    llama.save()
    ask(llama, prompt(1, 2, 3))
    llama.backend.forget("c")
    llama.save()
    assert len(llama.cache.tokens) == count(llama, (PREFIX,))
    check_books(llama)
    assert {path.name.split("-")[2] for path in files(tmp_path)} == {"0" * 16}
    assert ask(llama, prompt(1, 2)).usage.restored_tokens == 0
