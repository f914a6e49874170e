"""How tokens are chosen and scored by llama.cpp, and how their bytes become text."""

from itertools import accumulate, pairwise

import numpy as np
import pytest
from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import MOST_SCORES, Grammar, Sampling
from app.engine.backends.llama import sampler
from app.engine.backends.llama.candidate import Candidate
from app.engine.backends.llama.token_data import logits_at
from app.engine.protocol import Generate, TextDelta
from tests.fakes import tiny_gguf
from tests.fakes.llama_here import GREEDY, llama_here, segments
from tests.fakes.tiny_gguf import LONG_TOKEN, PADDING_ROWS, SURE, TinyModel

SAMPLE = "aé你😀"
"""A character of each length in UTF-8: 1, 2, 3 and 4 bytes."""
DATA = SAMPLE.encode()
PIECES = sorted(
    {DATA[i:j] for i in range(len(DATA)) for j in range(i + 2, len(DATA) + 1)}
)
FULL = {"top_p": 0.99, "top_k": 100, "min_p": 0.01, "typical_p": 0.95}
HOT = Sampling(temperature=2, seed=3, max_tokens=40, repetition_penalty=1.1, **FULL)
# Tokens of equal likelihood, but for these, would hide what a filter does.
SLOPE = {"a": 12.0, "b": 11.0, "c": 10.0, "d": 9.0}
NO_PADDING = {f"[PAD{row}]": 0.0 for row in range(PADDING_ROWS)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def tiny(folder):
    """A model whose logits depend on what it has read."""
    model = TinyModel(output_scale=0.3, biases=NO_PADDING, pieces=PIECES)
    return tiny_gguf.write(folder / "tiny.gguf", model)


@pytest.fixture(scope="module")
def llama():
    with llama_here() as llama:
        yield llama


@pytest.fixture
def loaded(llama, tiny):
    llama.load(tiny)
    return llama


def sloped(llama, folder):
    path = tiny_gguf.write(folder / "slope.gguf", TinyModel(biases=SLOPE))
    llama.load(path)
    return llama


def plain(**settings):
    """Draws from what one filter leaves."""
    settings = {"temperature": 1, "top_p": 1, "top_k": 0, "max_tokens": 300} | settings
    return Sampling(repetition_penalty=1, seed=11, **settings)


@pytest.mark.parametrize(
    "sampling",
    [
        HOT,
        plain(mirostat_tau=5.0),
        plain(typical_p=0.9),
        Sampling(temperature=1.5, seed=5, max_tokens=40),
    ],
    ids=["every filter", "mirostat", "typical", "MOSS's chain"],
)
@pytest.mark.parametrize("candidates", [1, 2])
def test_the_same_seed_gives_the_same_text_twice(llama, tiny, sampling, candidates):
    written = []
    for _ in range(2):
        llama.load(tiny)
        reply = llama.generate("once", sampling, candidates=candidates)
        again = llama.generate(
            "once", sampling, candidates=candidates
        )  # from the cache
        written += [reply.texts, again.texts]
    assert all(texts == written[0] for texts in written)
    assert len(set(written[0].values())) == candidates
    assert all(written[0].values())


def test_filters_that_are_off_change_nothing(loaded):
    sampling = Sampling(temperature=1.5, seed=5, max_tokens=60)
    off = {"min_p": 0.0, "typical_p": 1.0, "mirostat_tau": 0.0, "mirostat_eta": 0.7}
    asked = Sampling(temperature=1.5, seed=5, max_tokens=60, **off)
    assert loaded.generate("x", asked).text == loaded.generate("x", sampling).text


def test_min_p_keeps_what_is_near_the_likeliest(llama, folder):
    sloped(llama, folder)
    # b has e^-1 = 0.37 of a's probability, c 0.14, d 0.05.
    kept = set(llama.generate("x", plain(min_p=0.1)).text)
    assert kept == {"a", "b", "c"}
    assert set(llama.generate("x", plain(min_p=0.3)).text) == {"a", "b"}
    assert set(llama.generate("x", plain(min_p=1.0)).text) == {"a"}


def test_typical_p_keeps_what_surprises_as_expected(llama, folder):
    sloped(llama, folder)
    # The entropy is near 1: b, with a surprise of 1.45, comes before a, with 0.45.
    assert set(llama.generate("x", plain(typical_p=0.2)).text) == {"b"}
    assert set(llama.generate("x", plain(typical_p=0.5)).text) == {"a", "b"}
    wide = set(llama.generate("x", plain(typical_p=0.999)).text)
    assert wide >= {"a", "b", "c", "d"}


def test_mirostat_steers_to_a_surprise(loaded):
    def surprise(tau):
        sampling = plain(mirostat_tau=tau, mirostat_eta=0.2)
        scored = loaded.generate("x", sampling, logprobs=1).scored
        return -np.mean([event.chosen.logprob for event in scored]) / np.log(2)

    low, high = surprise(2.0), surprise(6.0)
    assert low < 4 < high
    assert abs(high - 6) < 1


@pytest.fixture(params=["large vocabulary", "small vocabulary"])
def either_penalty(request, monkeypatch):
    """Both ways to apply the penalty; which one, the vocabulary's size decides."""
    if request.param.startswith("large"):
        monkeypatch.setattr(sampler, "_MANY_TOKENS", 0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rules", ["", 'root ::= "<"? [^"]*'], ids=["free", "bound"])
def test_a_large_vocabulary_changes_nothing_but_the_time(
    loaded, monkeypatch, seed, rules
):
    grammar = Grammar(rules) if rules else None
    hot = Sampling(temperature=2, repetition_penalty=1.3, max_tokens=200, seed=seed)
    expected = loaded.generate("over and over", hot, grammar=grammar, candidates=2)
    monkeypatch.setattr(sampler, "_MANY_TOKENS", 0)
    found = loaded.generate("over and over", hot, grammar=grammar, candidates=2)
    assert found.texts == expected.texts
    assert len(found.text) > 50


@pytest.mark.usefixtures("either_penalty")
@pytest.mark.parametrize("rules", ["", 'root ::= [^"]*'], ids=["free", "bound"])
def test_logits_are_after_a_choice_what_they_were(loaded, rules):
    loaded.generate("once upon a time")
    model = loaded.backend._model
    grammar = Grammar(rules) if rules else None
    sampling = Sampling(repetition_penalty=1.5, seed=5)
    command = Generate("g", segments("x"), sampling, grammar=grammar)
    logits = logits_at(model.context, -1, model.vocabulary.size)
    before = logits.tobytes()
    chosen = []
    for _ in range(2):  # candidates begin at the same logits
        with Candidate(0, command, model) as candidate:
            candidate.remember(model.cache.tokens)
            chosen.append([candidate.choose(-1) for _ in range(5)])
            assert logits.tobytes() == before
    assert chosen[0] == chosen[1]


@pytest.mark.usefixtures("either_penalty")
def test_a_penalty_of_what_was_said_does_not_change_its_score(llama, folder):
    sloped(llama, folder)
    sampling = Sampling(temperature=0, repetition_penalty=50, max_tokens=3)
    written = llama.generate("x", sampling, logprobs=2)
    # The biases alone decide: a's probability stays, though it is chosen but once.
    assert written.text == "abc"
    for event in written.scored:
        assert [scored.text for scored in event.best] == ["a", "b"]
    first, second, _ = (event.chosen.logprob for event in written.scored)
    assert second == pytest.approx(first - 1)


def test_sampling_that_makes_no_sense_is_refused(loaded):
    with pytest.raises(UserError) as caught:
        loaded.generate("x", Sampling(temperature=float("nan")))
    assert caught.value.code is ErrorCode.PROTOCOL
    assert loaded.generate("x").text  # nothing is lost


def test_a_temperature_too_small_for_32_bits_is_greedy(loaded):
    coldest = loaded.generate("x", plain(temperature=1e-300, max_tokens=20)).text
    assert coldest == loaded.generate("x", plain(temperature=0, max_tokens=20)).text


def logprobs(llama):
    """Those behind the last token that was evaluated."""
    model = llama.backend._model
    row = ll.llama_get_logits_ith(model.context, -1)
    logits = np.ctypeslib.as_array(row, (model.vocabulary.size,)).astype(np.float64)
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum())


@pytest.mark.parametrize("sampling", [HOT, GREEDY, plain(mirostat_tau=4.0)])
def test_scores_are_the_log_softmax_of_the_logits(loaded, sampling):
    one = Sampling(temperature=sampling.temperature, seed=sampling.seed, max_tokens=1)
    vocabulary, _ = tiny_gguf.vocabulary(TinyModel(pieces=PIECES))
    for prompt in ("once", "a", "你好", "once more"):
        [event] = loaded.generate(prompt, one, logprobs=5).scored
        expected = logprobs(loaded)
        every = (event.chosen, *event.best)
        exact = [expected[scored.token] for scored in every]
        assert np.allclose([s.logprob for s in every], exact, rtol=0, atol=1e-12)
        possible = expected[: len(vocabulary) - PADDING_ROWS]
        assert [s.token for s in event.best] == list(np.argsort(-possible)[:5])


def test_each_token_is_scored_before_its_text(loaded):
    command = Generate("g", segments("once"), HOT, logprobs=2, candidates=2)
    events = list(loaded.backend.generate(command))
    scored = [event for event in events if hasattr(event, "chosen")]
    assert len(scored) == events[-1].usage.generated_tokens
    assert {event.candidate for event in scored} == {0, 1}
    for before, event in pairwise(events):
        if isinstance(event, TextDelta):
            assert before.candidate == event.candidate
            assert before.chosen.text.strip("\ufffd") in event.text


def test_without_a_wish_nothing_is_scored(loaded):
    assert loaded.generate("once", HOT).scored == []


@pytest.mark.parametrize("count", [-1, MOST_SCORES + 1])
def test_too_many_scores_are_refused(loaded, count):
    with pytest.raises(UserError) as caught:
        loaded.generate("once", HOT, logprobs=count)
    assert caught.value.code is ErrorCode.PROTOCOL
    assert len(loaded.generate("once", logprobs=MOST_SCORES).scored[0].best) == 20


def test_padding_is_no_alternative_but_has_its_share(llama, folder):
    llama.load(tiny_gguf.write(folder / "padded.gguf", TinyModel(biases={"a": SURE})))
    event = llama.generate("x", logprobs=MOST_SCORES).scored[0]
    assert event.chosen.text == event.best[0].text == "a"
    assert not any(scored.text.startswith("[PAD") for scored in event.best)
    # Padding is ten times as sure: whole nats of the probability are its.
    assert event.chosen.logprob == pytest.approx(-9 * SURE, rel=1e-3)


def test_a_long_token_is_scored_whole(llama, folder):
    model = TinyModel(biases={LONG_TOKEN: SURE})
    llama.load(tiny_gguf.write(folder / "long.gguf", model))
    written = llama.generate("x", logprobs=1)
    assert written.text == LONG_TOKEN * GREEDY.max_tokens
    assert {event.chosen.text for event in written.scored} == {LONG_TOKEN}


def test_every_split_of_characters_over_tokens_gives_the_same_string(loaded):
    model = loaded.backend._model
    tokens, _ = tiny_gguf.vocabulary(TinyModel(pieces=PIECES))
    inner = len(DATA) - 1
    for cuts in range(2**inner):
        ends = [n + 1 for n in range(inner) if cuts >> n & 1]
        pieces = [DATA[i:j] for i, j in pairwise([0, *ends, len(DATA)])]
        command = Generate("g", segments("x"), Sampling(max_tokens=99))
        with Candidate(0, command, model) as candidate:
            texts = [
                event.text
                for piece in pieces
                for event in candidate.write(tokens.index(tiny_gguf.spelled(piece)))
            ]
        assert "".join(texts) == SAMPLE
        # Each character comes with the token that completes it.
        read = [DATA[:end].decode(errors="ignore") for end in (*ends, len(DATA))]
        assert list(accumulate(texts)) == sorted({*read} - {""}, key=len)
