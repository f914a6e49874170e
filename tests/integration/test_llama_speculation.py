"""Drafts change how fast a text comes, not the text, and the books stay right."""

import pytest

from app.domain.generation import FinishReason, Sampling, Segment, StopRule
from app.engine.backends.llama.payoff import Payoff
from app.engine.backends.llama.speculation import Experience
from app.engine.protocol import Generate
from tests.fakes import tiny_gguf
from tests.fakes.llama_here import Written, llama_here, segments
from tests.fakes.tiny_gguf import TinyModel
from tests.integration.test_llama_cache import check_books, control

pytestmark = pytest.mark.model

TYPES = ("F32", "F16", "BF16", "Q8_0", "Q4_0")
LONG = Sampling(temperature=0, repetition_penalty=1, max_tokens=120)
DEMO = [
    "What can you do?",
    "Calculate 23 * 19 for me.",
    "你好",
    "Who are you, and who made you? Who are you, and who made you?",
    "Solve x + 3 = 10",
]


class Eager(Payoff):
    """Finds every draft worth the longest batch."""

    def best(self, choice, luck, length):
        """The longest."""
        return max(choice, default=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def repeating(folder):
    """A model whose logits are the same bits always: its biases alone decide."""
    biases = {"a": 10.0, "b": 10.0, "<eoh>": 9.0}
    return tiny_gguf.write(folder / "repeating.gguf", TinyModel(biases=biases))


@pytest.fixture(scope="module")
def plain():
    """A backend without drafts."""
    with llama_here() as llama:
        yield llama


@pytest.fixture(scope="module")
def drafting():
    """A backend that drafts wherever it may."""
    with llama_here() as llama:
        yield llama


def load(plain, drafting, path, *, speculation=None, **settings):
    """Loads a model in both, the one for drafts without experience."""
    plain.load(path, speculation=False, **settings)
    drafting.load(path, speculation=speculation, **settings)
    drafting.backend._model._experience = Experience(Eager())


def both(plain, drafting, prompt, sampling, **options):
    """What both write, which must be the same in every respect."""
    expected = plain.generate(prompt, sampling, **options)
    found = drafting.generate(prompt, sampling, **options)
    assert found.text == expected.text
    assert found.reason is expected.reason
    assert found.usage.generated_tokens == expected.usage.generated_tokens
    assert list(drafting.cache.tokens) == list(plain.cache.tokens)
    assert expected.usage.drafted_tokens == expected.usage.accepted_tokens == 0
    check_books(drafting)
    return found


@pytest.mark.parametrize("type_", TYPES)
def test_a_greedy_text_is_the_same_in_every_type(folder, plain, drafting, type_):
    tiny = TinyModel(
        embedding=64, layers=2, output_scale=0.3, context=1024, scale=0.2, type=type_
    )
    load(plain, drafting, tiny_gguf.write(folder / f"{type_}.gguf", tiny))
    for prompt in ("abcabc", "the he the he", "x" * 300, "one two " * 40):
        # Across the 256th token, where attention changes.
        both(plain, drafting, prompt, LONG)


def test_a_greedy_demo_says_the_same(demo_gguf, plain, drafting):
    load(plain, drafting, demo_gguf)
    for text in DEMO * 2:
        prompt = (control("<|endoftext|>"), Segment(f"<|Human|>: {text}"))
        both(plain, drafting, (*prompt, control("<eoh>")), LONG)


def test_drafts_are_accepted(plain, drafting, repeating):
    load(plain, drafting, repeating)
    usage = both(plain, drafting, "?", LONG).usage
    # Two tokens before anything has been there before; then trials; then drafts.
    assert usage.accepted_tokens > 60
    assert usage.accepted_tokens <= usage.drafted_tokens < 120
    # Nothing was used before single tokens had shown that it may be.
    assert drafting.backend._model._experience.sameness.known(8, 0) is True


@pytest.mark.parametrize("seed", range(12))
def test_a_seed_gives_the_same_text_and_stops_at_the_same_token(
    plain, drafting, repeating, seed
):
    # As many random numbers are drawn; the control token may come amid a draft.
    load(plain, drafting, repeating, context=128, speculation=True)
    sampling = Sampling(
        temperature=1, top_p=1, top_k=3, repetition_penalty=1, seed=seed
    )
    stop = (StopRule(("<eoh>",), after="bbab"),)
    prompt = (Segment("aabb"), control("<eoh>"), Segment("ab"), control("<eoh>"))
    usage = both(plain, drafting, prompt, sampling, stop=stop).usage
    usage += both(plain, drafting, "abababab", sampling, stop=stop).usage
    assert usage.drafted_tokens > usage.accepted_tokens > 0


@pytest.mark.parametrize("most", [1, 2, 3, *range(20, 40)])
def test_the_limit_may_come_anywhere(plain, drafting, repeating, most):
    load(plain, drafting, repeating)
    sampling = Sampling(temperature=0, repetition_penalty=1, max_tokens=most)
    both(plain, drafting, "ab", sampling)
    written = both(plain, drafting, "abcabc", sampling)
    assert written.reason is FinishReason.LENGTH
    assert written.usage.generated_tokens == most


@pytest.mark.parametrize("context", range(40, 50))
def test_the_window_may_end_anywhere(plain, drafting, repeating, context):
    load(plain, drafting, repeating, context=context)
    written = both(plain, drafting, "abcabc", LONG)
    assert written.reason is FinishReason.CONTEXT_FULL
    assert len(drafting.cache.tokens) == context
    assert written.usage.accepted_tokens > 0


def generating(llama, sampling, prompt="abab"):
    return llama.backend.generate(Generate("g", segments(prompt), sampling))


def test_the_books_are_right_at_every_moment(plain, drafting, repeating):
    load(plain, drafting, repeating)
    for _ in generating(drafting, LONG):
        check_books(drafting)


@pytest.mark.parametrize("after", range(30, 46))
def test_a_stop_may_come_anywhere(plain, drafting, repeating, after):
    load(plain, drafting, repeating)
    events = []
    for event in generating(drafting, LONG):
        events.append(event)
        if len(events) == after:
            drafting.cancelled.set()
    drafting.cancelled.clear()
    written = Written(events)
    assert written.reason is FinishReason.CANCELLED
    assert len(written.text) == written.usage.generated_tokens
    check_books(drafting)
    # All that was written but the last token is there, and nothing else.
    text = "abab" + written.text[:-1]
    assert tuple(drafting.cache.tokens) == drafting.backend.tokenize(segments(text))


@pytest.mark.parametrize("after", range(30, 40))
def test_a_generation_that_nobody_reads_on_leaves_no_draft(
    plain, drafting, repeating, after
):
    load(plain, drafting, repeating)
    generation = generating(drafting, LONG)
    for _ in range(after):
        next(generation)
    generation.close()
    check_books(drafting)
    written = after - 2  # two events are about the prompt
    assert len(drafting.cache.tokens) == 4 + written - 1


def test_where_a_batch_differs_it_is_used_only_if_wished(folder, plain, drafting):
    tiny = TinyModel(output_scale=0.3, context=512)
    path = tiny_gguf.write(folder / "wish.gguf", tiny)
    load(plain, drafting, path)
    sameness = drafting.backend._model._experience.sameness
    for rows in (2, 4, 8):
        sameness.compared(rows, 0, 0, same=False)
    assert both(plain, drafting, "abcabc", LONG).usage.drafted_tokens == 0
    hot = Sampling(temperature=0.01, repetition_penalty=1, max_tokens=100)
    assert drafting.generate("abcabc", hot).usage.accepted_tokens > 0
    load(plain, drafting, path, speculation=True)
    assert drafting.generate("abcabc", LONG).usage.accepted_tokens > 0
    check_books(drafting)


def test_several_candidates_are_not_drafted(plain, drafting, repeating):
    load(plain, drafting, repeating)
    usage = drafting.generate("abab", LONG, candidates=2).usage
    assert usage.generated_tokens == 2 * LONG.max_tokens
    assert usage.drafted_tokens == 0
    assert not drafting.cache.gapless or len(drafting.cache.sequences) > 1
    # What they leave behind are gaps, until what has them is gone.
    drafting.generate("abab" + "a" * 50, LONG)
    assert not drafting.cache.gapless
    drafting.generate("b", LONG)
    assert drafting.cache.gapless


def test_what_cannot_forget_is_not_drafted(plain, drafting, repeating, monkeypatch):
    load(plain, drafting, repeating)
    monkeypatch.setattr(drafting.cache, "has_sequences", False)
    assert drafting.generate("abab", LONG).usage.drafted_tokens == 0


def test_a_real_model_copies_the_same_text(smollm2, plain, drafting):
    load(plain, drafting, smollm2, context=1024)
    story = (
        "The lighthouse at Cape Wren was built in 1874 by Thomas Ashdown. It stands on"
        " a narrow rock two miles from the shore, and its keepers rowed across the"
        " strait every Monday to fetch oil, bread and letters."
    )
    for times in (1, 4):
        prompt = f"Repeat word for word:\n\n{story * times}\n\nAgain:\n\n"
        both(plain, drafting, prompt, LONG)
