import random

import pytest

from converter.sentencepiece_model import Rules
from tests.llama_checkpoints import USER_DEFINED, sentencepiece_model, with_piece


def rules(**options):
    return Rules.read(sentencepiece_model(**options))


def test_rules_of_llama_s_own_settings():
    assert rules() == Rules(
        is_bpe=True,
        adds_space=True,
        has_suffixes=False,
        escapes_spaces=True,
        trims_spaces=False,
        rewrites=False,
        user_defined=frozenset(),
    )


def test_each_rule_is_found():
    assert not rules(kind="unigram", pieces=400).is_bpe
    assert not rules(dummy_prefix=False).adds_space
    assert rules(trims=True).trims_spaces
    assert rules(normalization="nmt_nfkc").rewrites
    assert rules(user_defined=USER_DEFINED).user_defined == {3, 4, 5}


def test_a_message_without_settings_has_those_of_the_format():
    # The defaults of sentencepiece_model.proto: unigram, and a space in front.
    found = Rules.read(b"")
    assert not found.is_bpe
    assert found.adds_space
    assert found.trims_spaces
    assert not found.user_defined


def test_pieces_are_counted_over_the_whole_file():
    model = with_piece(sentencepiece_model(), "<x>", kind=4)
    assert len(Rules.read(model).user_defined) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",  # a length is missing
        b"\x0a\x05abc",  # a piece ends behind the file
        b"\x0a\x02\x18\xff",  # a number does not end
        b"\x80" * 11,  # a number is too long
        b"\x08\x01",  # a number for a piece
        b"\x0b\x0c",  # a group, which is no longer a kind of values
        b"\x15\x00",  # four bytes are missing
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",  # a length of exabytes
    ],
)
def test_refuses_what_is_no_message(data):
    with pytest.raises(ValueError, match=r"value|number"):
        Rules.read(data)


def test_reads_or_refuses_whatever_comes():
    generator = random.Random(0)
    model = sentencepiece_model()
    for _ in range(300):
        data = bytearray(model)
        for _ in range(generator.randint(1, 8)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        try:
            Rules.read(bytes(data))
        except ValueError:
            continue
