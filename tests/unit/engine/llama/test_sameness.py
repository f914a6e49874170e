"""What is concluded from logits that were the same, or were not."""

from app.engine.backends.llama.payoff import ROWS
from app.engine.backends.llama.sameness import Sameness, cells


def test_all_rows_must_have_been_the_same():
    sameness = Sameness()
    for row in range(3):
        sameness.compared(4, 0, row, same=True)
    assert sameness.known(4, 0) is None
    sameness.compared(4, 0, 3, same=True)
    assert sameness.known(4, 0) is True


def test_it_holds_for_this_number_of_rows_in_this_block():
    sameness = Sameness()
    for row in range(2):
        sameness.compared(2, 0, row, same=True)
    assert sameness.known(2, 1) is None
    assert sameness.known(4, 0) is None


def test_a_difference_holds_from_its_block_on():
    sameness = Sameness()
    for row in range(2):
        sameness.compared(2, 1, row, same=True)
    sameness.compared(2, 3, 1, same=False)
    assert [sameness.known(2, block) for block in range(5)] == [
        None,
        True,
        None,
        False,
        False,
    ]
    sameness.compared(2, 1, 0, same=False)
    sameness.compared(2, 2, 0, same=False)
    assert sameness.known(2, 1) is False


def test_there_is_an_end_of_trials():
    sameness = Sameness()
    tried = 0
    while sameness.known(8, 0) is None:
        sameness.tries(8, 0)
        tried += 1
        assert tried < 100
    assert sameness.known(8, 0) is False
    assert sameness.known(8, 1) is None


def test_blocks_of_cells():
    assert [cells(tokens) for tokens in (1, 256, 257, 512, 513)] == [0, 0, 1, 1, 2]


def test_it_is_hopeless_where_every_number_of_rows_differs():
    sameness = Sameness()
    for rows in ROWS:
        assert not sameness.hopeless(300)
        sameness.compared(rows, 1, 0, same=False)
    assert sameness.hopeless(256)  # the next token is the first of block 1
    assert sameness.hopeless(5000)
    # Before, it is not known.
    assert not sameness.hopeless(255)
    assert not sameness.hopeless(0)
