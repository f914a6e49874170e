"""States on disk: the tree of blocks, and files that are not what they should be."""

import os
import random
import shutil
import zlib

import pytest
from hypothesis import given, settings, strategies as st

from app.engine import state_files
from app.engine.state_files import StateFolder, chat_tag, forget
from app.engine.states import States, block_tokens

ENGINE, MODEL, BUDGET = "llama.cpp 1", "moss.gguf", 10**9
BLOCK_TOKENS = 64
CHAT = chat_tag("chat")


def folder_of(path, **changes):
    facts = {"engine": ENGINE, "model": MODEL, "budget": BUDGET} | changes
    return StateFolder(path, **facts)


def states_of(path, **changes):
    return States(folder_of(path, **changes), block_tokens=BLOCK_TOKENS)


def piece(token):
    return b"%d " % token


def data_of(block):
    return bytearray(random.Random(repr(block.tokens)).randbytes(300))


def save(states, tokens, *, fixed=0, exact=None, chat=CHAT):
    """Saves all that is missing; the blocks."""
    exact = len(tokens) if exact is None else exact
    blocks = []
    for block in states.missing(tokens, fixed=fixed, exact=exact, chat=chat):
        (*_,) = states.write(block, data_of(block))
        blocks.append(block)
    return blocks


def find(states, tokens, chat=CHAT):
    return states.find(tokens, piece=piece, chat=chat)


def files(path):
    return sorted(path.glob("*.kv"))


TOKENS = tuple(range(200))


def test_what_was_saved_is_found_again(tmp_path):
    blocks = save(states_of(tmp_path), TOKENS)
    again = states_of(tmp_path)
    way, length = find(again, [*TOKENS, 7])
    assert (way, length) == (blocks, 192)
    assert [bytes(again.read(block)) for block in way] == [data_of(b) for b in blocks]
    assert [len(block.tokens) for block in way] == [64, 64, 64]  # the rest is short


@pytest.mark.parametrize(
    ("token_bytes", "tokens"),
    [(834_000, 64), (1 << 18, 64), (1 << 17, 128), (4096, 512), (0, 512)],
)
def test_a_block_of_a_small_model_has_more_tokens(token_bytes, tokens):
    assert block_tokens(token_bytes) == tokens


def test_blocks_of_another_size_are_still_of_use(tmp_path):
    save(states_of(tmp_path), TOKENS)
    large = States(folder_of(tmp_path), block_tokens=150)
    assert find(large, TOKENS)[1] == 192
    longer = [*TOKENS, *range(500, 700)]
    blocks = save(large, longer)
    assert [len(block.tokens) for block in blocks] == [150, 58]
    assert find(states_of(tmp_path), longer)[1] == 400


def test_only_what_is_new_is_saved(tmp_path):
    states = states_of(tmp_path)
    first = save(states, TOKENS[:100])
    assert save(states, TOKENS[:100]) == []
    second = save(states, TOKENS)
    assert second[0].start == first[-1].end == 100
    assert find(states, TOKENS)[0] == [*first, *second]


def test_chats_share_the_prefix(tmp_path):
    states = states_of(tmp_path)
    one, other = [1] * 70 + [2] * 60, [1] * 70 + [3] * 60
    blocks = save(states, one, fixed=70)
    assert [block.chat for block in blocks] == ["", "", CHAT]
    more = save(states, other, fixed=70, chat=chat_tag("other"))
    assert [block.parent for block in more] == [blocks[1].name]
    assert find(states, other)[1] == 130
    assert save(states, [1] * 70, fixed=70) == []


def test_a_prompt_may_leave_the_way_in_the_middle_of_a_block(tmp_path):
    states = states_of(tmp_path)
    save(states, TOKENS)
    way, length = find(states, [*TOKENS[:100], 7, 8, 9])
    assert (len(way), length) == (2, 100)
    assert find(states, [7, 8]) == ([], 0)


def test_another_spelling_is_found_over_the_edge_of_a_block(tmp_path):
    def spelled(token):
        return {1: b"he", 2: b"llo", 3: b"hello"}.get(token, b"%d " % token)

    states = states_of(tmp_path)
    tokens = [*range(100, 100 + BLOCK_TOKENS - 1), 1, 2, *range(300, 340)]
    save(states, tokens)
    wanted = [*tokens[: BLOCK_TOKENS - 1], 3, *tokens[BLOCK_TOKENS + 1 :]]
    way, length = states.find(wanted, piece=spelled, chat=CHAT)
    assert (len(way), length) == (2, len(tokens))


def test_the_way_that_leads_farthest_is_found(tmp_path):
    """What another chat has more of at first ends in the midst of its block."""
    states = states_of(tmp_path)
    save(states, [1, 2, 3, 9], fixed=4)
    wanted = [1, *range(2, 30)]
    save(states, wanted, fixed=1)
    assert find(states, wanted)[1] == len(wanted)


def test_what_is_not_exact_is_for_its_own_chat(tmp_path):
    states = states_of(tmp_path)
    save(states, TOKENS, fixed=20, exact=50)
    assert find(states, TOKENS)[1] == 200
    assert find(states, TOKENS, chat_tag("other"))[1] == 50
    assert find(states_of(tmp_path), TOKENS, "")[1] == 50
    exact = save(states, TOKENS, fixed=20, chat=chat_tag("other"))
    assert exact[0].start == 50
    assert find(states, TOKENS, "")[1] == 200


@given(st.data())
@settings(max_examples=50)
def test_any_chats_are_found_as_far_as_they_were_saved(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("states")
    states, saved = states_of(path), []
    sizes = st.lists(st.integers(0, 1), min_size=1, max_size=150)
    for _ in range(data.draw(st.integers(1, 5))):
        tokens = data.draw(sizes)
        if saved and data.draw(st.booleans()):
            tokens = data.draw(st.sampled_from(saved)) + tokens
        save(states, tokens, fixed=data.draw(st.integers(0, len(tokens))))
        saved.append(tokens)
    again = states_of(path)
    for tokens in saved:
        way, length = find(again, tokens)
        assert length >= len(tokens) - 15
        joined = [token for block in way for token in block.tokens]
        assert joined[:length] == tokens[:length]
    shutil.rmtree(path)


# -- files -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_file_is_never_believed(tmp_path, seed):
    blocks = save(states_of(tmp_path), TOKENS)
    chance = random.Random(seed)
    path = chance.choice(files(tmp_path))
    content = bytearray(path.read_bytes())
    kind = seed % 3
    if kind == 0:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del content[chance.randrange(len(content)) :]
    else:
        content += b"\0"
    path.write_bytes(content)
    again = states_of(tmp_path)
    way, _ = find(again, TOKENS)
    read = []
    for block in way:
        data = again.read(block)
        data = None if data is None else bytes(data)
        if data is None:
            break
        read.append((block, data))
    assert read == [(block, data_of(block)) for block in blocks[: len(read)]]
    assert len(read) < 3
    assert not path.exists()


def test_damage_that_comes_later_is_noticed_and_repaired(tmp_path):
    states = states_of(tmp_path)
    blocks = save(states, TOKENS)
    files(tmp_path)[1].write_bytes(b"")
    states.read(blocks[0]), states.read(blocks[1]), states.read(blocks[2])
    assert len(files(tmp_path)) == 2
    assert len(save(states, TOKENS)) in {1, 2, 3}
    assert find(states, TOKENS)[1] == 192


def test_what_was_whole_is_looked_through_again_once_somebody_wrote_to_it(
    tmp_path, monkeypatch
):
    states = states_of(tmp_path)
    (block,) = save(states, TOKENS[:40])
    lengths = []
    checksum = zlib.crc32

    def counted(data):
        lengths.append(len(data))
        return checksum(data)

    monkeypatch.setattr(state_files.zlib, "crc32", counted)
    for _ in range(3):
        assert states.read(block) == data_of(block)
        save(states, TOKENS[:40])  # notes that it was used
    size = len(data_of(block))
    assert lengths.count(size) == 1
    (path,) = files(tmp_path)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    with path.open("r+b") as file:  # in its place
        file.write(damaged)
    assert states.read(block) is None
    assert lengths.count(size) == 2
    assert not files(tmp_path)


def test_a_file_under_another_name_is_not_believed(tmp_path):
    save(states_of(tmp_path), TOKENS)
    one, other, *_ = files(tmp_path)
    one.write_bytes(other.read_bytes())
    assert find(states_of(tmp_path), TOKENS)[1] < 192


def test_files_of_others_are_no_states(tmp_path):
    strange = tmp_path / "notes.txt"
    strange.write_text("keep me")
    states = states_of(tmp_path)
    assert find(states, TOKENS) == ([], 0)
    assert strange.exists()


def test_another_model_finds_nothing_and_leaves_it(tmp_path):
    save(states_of(tmp_path), TOKENS)
    other = states_of(tmp_path, model="other.gguf")
    assert find(other, TOKENS) == ([], 0)
    assert find(states_of(tmp_path), TOKENS)[1] == 192


def test_another_engine_deletes_it(tmp_path):
    save(states_of(tmp_path), TOKENS)
    states_of(tmp_path, engine="llama.cpp 2")
    assert files(tmp_path) == []


def test_a_write_that_is_given_up_leaves_nothing(tmp_path):
    states = states_of(tmp_path)
    [block, *_] = states.missing(TOKENS, fixed=0, exact=200, chat=CHAT)
    steps = states.write(block, bytearray(20 << 20))
    for _ in range(3):
        next(steps)
    assert list(tmp_path.glob("*.new"))
    steps.close()
    assert list(tmp_path.iterdir()) == []
    assert find(states, TOKENS) == ([], 0)


def test_what_a_crash_left_is_deleted_after_a_while(tmp_path):
    old, young = tmp_path / "a.new", tmp_path / "b.new"
    old.touch()
    young.touch()
    os.utime(old, (1, 1))
    states_of(tmp_path)
    assert not old.exists()
    assert young.exists()


def test_the_budget_is_kept_and_the_oldest_go(tmp_path):
    states = states_of(tmp_path, budget=6000)
    chats = {name: [ord(name)] * 200 for name in "abcde"}
    for name, tokens in chats.items():
        save(states, tokens, chat=chat_tag(name))
        save(states, chats["a"])  # nothing is missing
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 6000
    again = states_of(tmp_path)
    assert find(again, chats["a"])[1] == 192  # used again and again
    assert find(again, chats["e"])[1] == 192
    assert find(again, chats["b"])[1] < 192


def test_the_end_of_a_chat_goes_before_its_beginning(tmp_path):
    states = states_of(tmp_path, budget=4500)
    save(states, [1] * 400)
    save(states, [2] * 200)
    again = states_of(tmp_path)
    assert 0 < find(again, [1] * 400)[1] < 384
    assert find(again, [2] * 200)[1] == 192


def test_what_is_larger_than_the_budget_is_not_saved(tmp_path):
    states = states_of(tmp_path, budget=100)
    save(states, TOKENS)
    assert files(tmp_path) == []


def test_a_disk_that_is_almost_full_is_left_alone(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1 << 20)
    monkeypatch.setattr(state_files.shutil, "disk_usage", lambda _path: usage)
    save(states_of(tmp_path), TOKENS)
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path):
    path = tmp_path / "file"
    path.touch()
    states = states_of(path)
    save(states, TOKENS)
    assert find(states, TOKENS) == ([], 0)


def test_a_chat_can_be_forgotten(tmp_path):
    states = states_of(tmp_path)
    one, other = [1] * 70 + [2] * 60, [1] * 70 + [3] * 60
    save(states, one, fixed=70)
    save(states, other, fixed=70, chat=chat_tag("other"))
    forget(tmp_path, "chat")
    again = states_of(tmp_path)
    assert find(again, one)[1] == 70
    assert find(again, other)[1] == 130


def test_files_are_for_their_owner_only(tmp_path):
    path = tmp_path / "states"
    save(states_of(path), TOKENS)
    assert path.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in files(path))
