"""Whole characters from split bytes, and where a generation ends."""

from hypothesis import given, strategies as st

from app.domain.generation import StopRule
from app.domain.moss import Form, Label, Marker, stop_rules
from app.engine.text import StopMatcher, TextDecoder, common_prefix

IDS = {marker.value: number for number, marker in enumerate(Marker)}

characters = st.text(
    st.one_of(
        st.characters(max_codepoint=0x7F),
        st.characters(min_codepoint=0x80, max_codepoint=0x7FF),
        st.characters(
            min_codepoint=0x800, max_codepoint=0xFFFF, exclude_categories=["Cs"]
        ),
        st.characters(min_codepoint=0x10000),
    )
)


@given(characters, st.lists(st.integers(0, 6)))
def test_every_split_of_characters_over_tokens_gives_the_same_string(text, sizes):
    decoder, data, pieces = TextDecoder(), text.encode(), []
    for size in sizes:
        pieces.append(decoder.feed(data[:size]))
        data = data[size:]
    pieces += [decoder.feed(data[i : i + 1]) for i in range(len(data))]
    assert "".join(pieces) == text
    assert decoder.finish() == ""


@given(st.lists(st.binary(max_size=6)))
def test_invalid_bytes_are_replaced_and_never_raise(pieces):
    decoder = TextDecoder()
    text = "".join(decoder.feed(piece) for piece in pieces) + decoder.finish()
    assert text == b"".join(pieces).decode("utf-8", "replace")


def test_an_unfinished_character_is_held_back_and_then_replaced():
    decoder = TextDecoder()
    assert decoder.feed("你".encode()[:2]) == ""
    assert decoder.finish() == "\ufffd"
    assert decoder.feed(b"next") == "next"


def test_a_rule_without_condition_holds_from_the_beginning():
    stop = StopMatcher((StopRule(("<eom>",)),), IDS.get)
    assert stop.ends_at(IDS["<eom>"])
    assert not stop.ends_at(IDS["<eoc>"])


def test_a_token_that_the_vocabulary_lacks_ends_nothing():
    stop = StopMatcher((StopRule(("<|im_end|>", "<eom>")),), IDS.get)
    assert [i for i in range(-1, 10) if stop.ends_at(i)] == [IDS["<eom>"]]


def test_without_rules_nothing_ends():
    stop = StopMatcher((), IDS.get)
    stop.wrote("anything")
    assert not any(stop.ends_at(i) for i in IDS.values())


@given(st.integers(1, 30))
def test_any_marker_ends_stage_one_once_the_commands_have_begun(step):
    stop = StopMatcher(stop_rules(Form.PLUGIN, answering=False), IDS.get)
    written = " <|Inner Thoughts|>: think\n"
    for text in (written, Label.COMMANDS.value):
        assert not stop.ends_at(IDS["<eot>"])
        assert stop.ends_at(IDS["<eoc>"])
        assert stop.ends_at(IDS["<eom>"])
        for start in range(0, len(text), step):
            stop.wrote(text[start : start + step])
    assert all(stop.ends_at(token) for token in IDS.values())


def test_common_prefix():
    assert common_prefix([], [1]) == 0
    assert common_prefix([1, 2, 3], [1, 2, 4]) == 2
    assert common_prefix([1, 2], [1, 2, 3]) == 2
