"""The context ledger, with hands to play the engine: a token for each letter."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from app.domain import moss
from app.domain.attachments import Attachment, written
from app.domain.conversation import Message, Role
from app.domain.errors import ErrorCode
from app.domain.generation import Sampling, Segment, Speaker
from app.domain.ledger import Ledger
from app.domain.moss import Turn
from app.domain.token_estimate import estimated_tokens
from app.engine import protocol
from app.services.history import Exchange, History
from app.services.ledger import LedgerService, Outline, outline
from app.services.reply import ReplyOptions
from app.services.shortening import Shortening
from tests.fakes.chat_bench import MODEL, FakeEngine

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FILE = Attachment("a.txt", "Milk and bread.")
PREFIX = moss.opening(moss.Form.PLUGIN, ())
OPENING = moss.opening(moss.Form.PLUGIN, (Turn("a", answer="b"),))


class Bench:
    """A ledger, and an engine that counts letters when it is told to."""

    def __init__(self, model=MODEL):
        self.engine = FakeEngine()
        self.seen = []
        self.service = LedgerService(self.engine, self.seen.append)
        self.service.set_model(model)

    def write(self, text, *files):
        self.service.set_draft(text, files)
        self.service.refresh()

    def count(self):
        """Answers until nothing is asked any more; how many prompts were asked."""
        asked = 0
        while self.service.waits:
            command = self.engine.sent[-1]
            asked += len(command.prompts)
            self.service.engine_event(
                protocol.Counted(command.id, tuple(map(letters, command.prompts)))
            )
        return asked


def letters(prompt):
    return sum(1 if s.control else len(s.text) for s in prompt)


@pytest.fixture
def bench():
    return Bench()


def test_everything_is_counted_apart(bench):
    bench.service.set_outline(Outline(PREFIX, OPENING))
    bench.write("Hello", FILE)
    bench.count()
    ledger = bench.seen[-1]
    turn = letters(moss.join(moss.asked(moss.Form.PLUGIN, "Hello")))
    assert ledger == Ledger(
        prefix=letters(PREFIX),
        history=letters(OPENING) - letters(PREFIX),
        draft=turn,
        files=(len(written("", (FILE,))),),
        total=2048,
        reserved=768,
        exact=True,
    )
    assert ledger.room == 2048 - ledger.used
    whole = moss.stage_one(
        moss.Form.PLUGIN, (Turn("a", answer="b"),), written("Hello", (FILE,))
    )
    # Between the turns, and between the file and the question.
    assert letters(whole) - ledger.used == len("\n") + len("\n\n")


def test_only_what_is_new_is_asked(bench):
    bench.service.set_outline(Outline(PREFIX, OPENING))
    bench.write("Hello", FILE)
    bench.count()
    bench.write("Hello!", FILE)
    assert bench.count() == 1
    bench.write("Hello!", FILE)
    assert bench.count() == 0
    bench.write("Hello!", FILE, replace(FILE, name="b.txt"))
    assert bench.count() == 1


def test_what_changes_meanwhile_is_asked_with_the_next_question(bench):
    bench.write("H")
    bench.write("He")
    bench.write("Hel")
    assert len(bench.engine.sent) == 1
    assert not bench.seen[-1].exact
    bench.count()
    assert bench.seen[-1].exact
    assert bench.seen[-1].draft == letters(moss.join(moss.asked("plugin", "Hel")))


def test_an_answer_that_comes_late_is_nobodys(bench):
    bench.write("H")
    command = bench.engine.sent[-1]
    bench.service.set_model(replace(MODEL, name="other"))
    counts = tuple(0 for _ in command.prompts)
    bench.service.engine_event(protocol.Counted(command.id, counts))
    bench.count()
    assert bench.seen[-1].draft > 1


@pytest.mark.parametrize("model", [None, replace(MODEL, server="example.org")])
def test_without_a_vocabulary_of_ones_own_it_is_an_estimate(model):
    bench = Bench(model)
    bench.service.set_outline(Outline(PREFIX, OPENING))
    bench.write("Hello there", FILE)
    ledger = bench.seen[-1]
    assert bench.engine.sent == []
    assert not ledger.exact
    assert ledger.prefix == estimated_tokens(PREFIX[0].text)
    assert 0 < ledger.draft < 20
    assert ledger.total == (2048 if model else 0)


def test_what_cannot_be_counted_is_estimated(bench):
    bench.write("Hello")
    while bench.service.waits:
        name = bench.engine.sent[-1].id
        failed = protocol.Failed(ErrorCode.TEMPLATE_FAILED, "no", name)
        bench.service.engine_event(failed)
    assert not bench.seen[-1].exact
    assert bench.seen[-1].draft > 0


def test_a_chat_template_is_asked_with_a_question_behind():
    bench = Bench(replace(MODEL, form="chat"))
    system = Segment("Be short.", speaker=Speaker.SYSTEM)
    turns = (Segment("a", speaker=Speaker.USER), Segment("b", speaker="assistant"))
    bench.service.set_outline(Outline((system,), (system, *turns)))
    bench.write("")
    bench.count()
    ledger = bench.seen[-1]
    assert (ledger.prefix, ledger.history, ledger.draft) == (9, 2, 0)
    asked = [p for c in bench.engine.sent for p in c.prompts]
    assert all(prompt[-1].speaker is Speaker.USER for prompt in asked)


def test_a_base_model_has_nothing_but_the_text():
    bench = Bench(replace(MODEL, form="base"))
    bench.service.set_outline(Outline())
    bench.write("Once")
    bench.count()
    ledger = bench.seen[-1]
    assert (ledger.prefix, ledger.history, ledger.draft) == (0, 0, 4)


def test_while_a_reply_is_written_its_prompt_is_the_history(bench):
    bench.service.set_outline(Outline(PREFIX, OPENING))
    bench.write("")
    bench.count()
    bench.service.measured(1900)
    assert bench.seen[-1].used == 1900
    bench.service.set_outline(Outline(PREFIX, OPENING))
    bench.service.refresh()
    assert bench.seen[-1].used == letters(OPENING)


def test_of_a_long_file_only_as_much_is_counted_as_could_fit(bench):
    bench.write("", Attachment("a.txt", "x" * 1_000_000))
    bench.count()
    asked = [p for c in bench.engine.sent for p in c.prompts]
    assert max(map(letters, asked)) == 16 * 2048
    assert bench.seen[-1].files[0] == pytest.approx(1_000_000, rel=0.01)


def test_a_chat_that_is_far_too_long_is_not_counted(bench):
    def exchange(number, length):
        asked = Message(f"q{number}", None, Role.USER, "x" * length, NOON)
        return Exchange(asked, replace(asked, role=Role.ASSISTANT, text="y" * length))

    options = ReplyOptions(frozenset(), Sampling())
    short = History([exchange(n, 10) for n in range(3)])
    assert outline(MODEL, short, options).opening
    assert outline(MODEL, short, options).guess is None
    long = History([exchange(n, 5000) for n in range(10)])
    told = outline(MODEL, long, options)
    assert told.opening == ()
    assert told.guess == 100_000 / 4
    elsewhere = replace(MODEL, server="example.org")
    assert outline(elsewhere, short, options).guess is not None
    assert outline(None, short, options).guess is not None
    bench.service.set_outline(told)
    bench.write("x" * 1_000_000)
    bench.count()
    asked = [p for c in bench.engine.sent for p in c.prompts]
    assert max(map(letters, asked)) < 17 * 2048
    ledger = bench.seen[-1]
    assert (ledger.history, ledger.exact) == (25_000, False)
    assert ledger.draft == pytest.approx(1_000_000, rel=0.01)


def test_what_fits_and_what_is_forgotten():
    ledger = Ledger(200, 1000, 100, (), 2048, 768, exact=True)
    assert ledger.fits
    assert ledger.forgets
    assert ledger.left == 980
    tight = replace(ledger, files=(981,))
    assert (tight.left, tight.fits, tight.excess) == (-1, True, 0)
    long = replace(ledger, files=(1700,))
    assert (long.fits, long.excess) == (False, 200 + 100 + 1700 + 64 - 2048)
    assert not replace(ledger, history=10).forgets
    assert Ledger(10, 0, 99999).fits


@given(st.text(min_size=1, max_size=300), st.integers(0, 400))
def test_the_part_that_fits_is_found(text, budget):
    engine, found = FakeEngine(), []
    whole = Attachment("a.txt", text)
    shortening = Shortening(engine, whole, budget=budget, done=found.append)
    shortening.begin()
    while not found:
        command = engine.sent[-1]
        counts = tuple(map(letters, command.prompts))
        shortening.engine_event(protocol.Counted(command.id, counts))
    assert len(engine.sent) <= 4
    (part,) = found
    if part is not None:
        assert len(written("", (part,))) <= budget
        assert text.startswith(part.text)
    elif text.strip():
        shortest = written("", (Attachment("a.txt", text[:1], len(text)),))
        assert len(shortest) + 30 > budget


def test_without_counting_the_part_that_fits_is_estimated():
    found = []
    whole = Attachment("a.txt", "word " * 10_000)
    Shortening(None, whole, budget=500, done=found.append).begin()
    tokens = estimated_tokens(written("", (found[0],)))
    assert 450 < tokens <= 500
    found.clear()
    Shortening(None, whole, budget=-3, done=found.append).begin()
    assert found == [None]
