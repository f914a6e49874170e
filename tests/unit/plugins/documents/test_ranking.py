"""Questions find the sentences they were made from."""

import random

import pytest

from app.plugins.documents import database
from app.plugins.documents.index import DocumentIndex, FileState
from app.plugins.documents.passages import passages
from app.plugins.documents.ranking import answers
from app.plugins.documents.snippets import MOST_CHARACTERS
from app.plugins.documents.values import Block
from tests.fakes.known_facts import facts, filler

PLACES = 60


def _indexed(path, texts):
    with DocumentIndex.open(path) as index:
        for number, blocks in enumerate(texts):
            state = FileState(f"/papers/{number}.txt", 1, 1, b"")
            index.put(state, passages(blocks), f"paper {number}")
        index.commit()


def _blocks(sentences, rng):
    """Paragraphs of one to five sentences."""
    while sentences:
        count = rng.randint(1, 5)
        taken, sentences = sentences[:count], sentences[count:]
        yield Block(" ".join(taken))


def _missed(index, known):
    missed = []
    for fact in known:
        found = answers(index, fact.question, 3)
        assert all(len(passage.snippet) <= MOST_CHARACTERS for passage in found)
        if not any(fact.sentence in passage.snippet for passage in found):
            missed.append((fact, found))
    return missed


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("mixed", [True, False])
def test_three_answers_hold_the_known_sentence(tmp_path, language, mixed):
    """Each place in a paper of its own, or all facts strewn over all papers."""
    rng = random.Random(f"{language} {mixed}")
    places = facts(language, PLACES)
    known = [fact for place in places for fact in place]
    sentences = [fact.sentence for fact in known]
    if mixed:
        rng.shuffle(sentences)
    sentences = [s for x in sentences for s in (x, filler(language, rng))]
    size = len(sentences) // PLACES
    papers = [sentences[i : i + size] for i in range(0, len(sentences), size)]
    path = tmp_path / "index"
    _indexed(path, (_blocks(paper, rng) for paper in papers))

    with database.open_for_reading(path) as index:
        missed = _missed(index, known)

    assert len(known) >= 400
    assert len(missed) <= len(known) * 0.05, missed[:3]
