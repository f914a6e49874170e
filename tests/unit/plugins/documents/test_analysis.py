"""Words, characters, sentences and snippets."""

import time

import pytest

from app.plugins.documents import database
from app.plugins.documents.analysis import MOST_TERMS, match, terms
from app.plugins.documents.hits import read_marks
from app.plugins.documents.index import DocumentIndex, FileState
from app.plugins.documents.passages import one_line, passages
from app.plugins.documents.ranking import answers
from app.plugins.documents.sentences import sentence_spans
from app.plugins.documents.snippets import MOST_CHARACTERS, best_snippet
from app.plugins.documents.values import Block, Passage, Place


def find(text, question):
    with database.in_memory() as memory:
        index = DocumentIndex(memory)
        index.put(FileState("/a.txt", 1, 1), [Passage(text, Place())], "file")
        index.commit()
        return [found.snippet for found in answers(memory, question, 3)]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What is a lighthouse?", ("lighthouse",)),
        ("蓝鲸的平均寿命是多少年？", ("蓝鲸", "平均", "均寿", "寿命", "命是", "年")),
        ("GPU的温度", ("gpu", "温度")),
        ("who is it", ("who", "is", "it")),
        ("什么？", ("什么",)),
        ("ＡＢＣ １２", ("abc", "12")),
        ('"NEAR" (a OR b*) -c ^d:e', ("near", "b", "c", "d", "e")),
        ("", ()),
    ],
)
def test_what_a_question_looks_for(question, found):
    assert terms(question) == found


def test_long_questions_are_bounded():
    assert len(terms(" ".join(f"w{n}" for n in range(10_000)))) == MOST_TERMS
    assert match("蓝鲸") == '"蓝\x1f鲸"'


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("北京是中国的首都。", "京"),
        ("北京是中国的首都。", "首都"),
        ("我用GPU算。", "gpu"),
        ("Lighthouses were painted.", "lighthouse painting"),
        ("Café Müller", "cafe muller"),
        ("The ﬁrst oﬃce", "first office"),
        ("⽂件和⾦⼭", "文件 金山"),
        ("カタカナです", "タカ"),
        ("한국어입니다", "한국"),
        ("𠮷野家", "𠮷野"),
    ],
)
def test_words_are_found_in_their_forms(text, question):
    assert find(one_line(text), question)


def test_a_word_is_not_found_in_others():
    assert find("北方的京城", "北京") == []
    assert find("A lighthouse", "light") == []


def test_marks_are_read():
    marked = read_marks("a \x02蓝\x1f鲸\x03\x1f的 \x02Whales\x03.", ("蓝鲸", "whale"))
    assert marked.text == "a 蓝鲸的 Whales."
    assert [(marked.text[h.begin : h.end], *h.terms) for h in marked.hits] == [
        ("蓝鲸", "蓝鲸"),
        ("Whales", "whale"),
    ]


def test_sentences_are_the_whole_text():
    text = "Dr. Who met e.g. a friend. “Really?” he said! 真的。“是吗？”他说。End"
    spans = list(sentence_spans(text))
    assert [text[a:b] for a, b in spans] == [
        "Dr. Who met e.g. a friend.",
        " “Really?” he said!",
        " 真的。",
        "“是吗？”",
        "他说。",
        "End",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "!" * 300_000,
        "." * 150_000 + " " * 150_000,
        "\n" * 300_000,
        "a" * 300_000,
        "\n \t" * 100_000,
        "文" * 300_000,
        ".'" * 150_000,
        "- \n-" * 75_000,
    ],
)
def test_cutting_takes_linear_time(text):
    """Three hundred thousand characters; what is quadratic takes minutes."""
    begun = time.process_time()
    made = list(passages([Block(text, line=1)]))
    assert time.process_time() - begun < 10
    assert all(len(passage.text) <= 600 for passage in made)


def test_a_snippet_ends_where_sentences_do():
    text = " ".join(f"Sentence {n} is about nothing." for n in range(30))
    text = text.replace("Sentence 15 is", "Sentence 15 is a whale")
    (snippet,) = find(text, "whale")
    assert len(snippet) <= MOST_CHARACTERS
    assert snippet.startswith("Sentence")
    assert snippet.endswith("nothing.")
    assert "whale" in snippet


def test_a_snippet_of_a_long_sentence_is_cut_around_the_hit():
    marked = read_marks("word " * 200 + "\x02whale\x03" + " word" * 200, ("whale",))
    snippet = best_snippet(marked, {"whale": 1.0})
    assert len(snippet.text) <= MOST_CHARACTERS
    assert snippet.text.startswith("…word")
    assert snippet.text.endswith("word…")
    assert "whale" in snippet.text
