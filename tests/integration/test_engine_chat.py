"""Any GGUF chat model in the engine process: its own template, its own marks.

The judge is llama.cpp's tokenizer with special tokens on, over text that holds nothing
but what the template wrote and harmless words.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import ErrorCode
from app.domain.generation import FinishReason, Sampling, Segment, Speaker
from app.engine.backends.llama.vocabulary import Vocabulary
from app.engine.client import EngineLostError
from app.engine.protocol import Failed, Generate, Loaded, Prepare, Prepared
from app.engine.templates.chat_prompts import ChatPrompts
from tests import llama, reference_templates
from tests.fakes import tiny_gguf
from tests.fakes.chat_templates import ANSWER, FAMILIES, NEXT, QUESTION
from tests.fakes.engines import GREEDY, Engine
from tests.fakes.injections import injections
from tests.fakes.tiny_gguf import SURE, TinyModel

pytestmark = pytest.mark.model

USER, ASSISTANT = Speaker.USER, Speaker.ASSISTANT
CHAT = (
    Segment(QUESTION, speaker=USER),
    Segment(ANSWER, speaker=ASSISTANT),
    Segment(NEXT, speaker=USER),
)
CHATML = next(family for family in FAMILIES if family.name == "chatml")
LLAMA_CPP = Path(os.environ.get("MOSS_TEST_LLAMA_CPP", ""))
VOCABULARIES = sorted(LLAMA_CPP.glob("models/ggml-vocab-*.gguf"))
BERT = ("bert-bge", "nomic-bert-moe")

each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


def write(folder, family=CHATML, **settings):
    """A small model with a family's template and marks."""
    # The file's own end token may be none of the template's.
    controls = dict.fromkeys((*family.controls, family.end))
    model = {
        "form": "",
        "template": family.template,
        "controls": tuple(controls),
        "user_defined": ("    ", *family.user_defined),
        "start": family.start,
        "end": family.end,
    }
    return tiny_gguf.write(
        folder / f"{family.name}.gguf", TinyModel(**(model | settings))
    )


def reference(family, messages):
    """What Hugging Face would have the model read, before it is tokenized."""
    now = datetime.now(UTC).astimezone()
    return reference_templates.render(family.template, messages, family.specials, now)


def chat_with(text, place=2):
    chat = list(CHAT)
    chat[place] = Segment(text, speaker=USER)
    return chat


@each_family
def test_a_chat_has_the_ids_that_llama_cpp_gives_its_text(engine, folder, family):
    path = write(folder, family)
    loaded = engine.load(path)
    assert isinstance(loaded, Loaded), loaded
    assert (loaded.model.form, loaded.model.demo) == ("chat", False)
    assert loaded.model.opened_thoughts == family.opened
    with llama.loaded(path) as model:
        for chat in (CHAT, CHAT[:1], chat_with("harmless", 0), chat_with("你好\n\n ")):
            expected = llama.tokenize(model, reference(family, chat), special=True)
            assert list(engine.tokenize(*chat)) == expected


@each_family
def test_a_message_adds_no_special_token(engine, folder, family):
    path = write(folder, family)
    engine.load(path)
    with llama.loaded(path) as model:
        ids = {m: llama.tokenize(model, m, special=True) for m in family.marks}
    assert all(len(one) == 1 for one in ids.values())
    controls = {ids[mark][0] for mark in family.controls}
    special = controls | {ids[mark][0] for mark in family.user_defined}

    def found(chat, wanted):
        return [token for token in engine.tokenize(*chat) if token in wanted]

    for text in injections(family.marks):
        # This template takes such a message for a tool's, as its authors want it.
        is_tool = text.startswith("<tool_response>") and family.name == "qwen3"
        wanted = controls if is_tool else special
        assert found(chat_with(text), wanted) == found(CHAT, wanted)
        assert found(chat_with(text, 0), wanted) == found(CHAT, wanted)


def test_a_reply_ends_at_the_files_own_mark(engine, folder):
    engine.load(write(folder, biases={"<|im_end|>": SURE}))
    reply = engine.generate(CHAT)
    assert (reply.controls, reply.reason) == (["<|im_end|>"], FinishReason.STOP)
    assert reply.text == ""


@pytest.mark.parametrize("end", ["<|stop|>", "he"])
def test_a_reply_ends_whatever_kind_of_token_the_end_is(engine, folder, end):
    settings = {"user_defined": ("    ", "<|stop|>"), "end": end}
    engine.load(write(folder, biases={end: SURE}, **settings))
    reply = engine.generate("a", GREEDY)
    assert (reply.text, reply.controls) == ("", [end])
    assert reply.reason is FinishReason.STOP


def test_an_answer_is_written_on(engine, folder):
    engine.load(write(folder))
    begun = (*CHAT, Segment("Well <|im_end|>", speaker=ASSISTANT))
    ids = engine.tokenize(*CHAT)
    assert engine.tokenize(*begun) == ids + engine.tokenize(Segment("Well <|im_end|>"))
    reply = engine.generate(begun, Sampling(temperature=0, max_tokens=2))
    assert reply.usage.generated_tokens == 2


def test_marks_that_a_model_wrote_are_marks_when_it_writes_on(engine, folder):
    engine.load(write(folder))
    written = (Segment("Well "), Segment("<|im_start|>", control=True), Segment("so"))
    begun = (replace(piece, speaker=ASSISTANT) for piece in written)
    ids = engine.tokenize(*CHAT)
    assert engine.tokenize(*CHAT, *begun) == ids + engine.tokenize(*written)


def test_a_chat_that_was_prepared_is_not_read_again(engine, folder):
    engine.load(write(folder))
    begun = CHAT[:2]
    engine.send(Prepare("p", begun, chat="c"))
    prepared = engine.last((Prepared, Failed))
    assert prepared.complete
    assert prepared.usage.prompt_tokens == len(engine.tokenize(*begun))
    engine.send(Generate("g", CHAT, GREEDY, chat="c"))
    assert engine.reply().usage.cached_tokens == prepared.usage.prompt_tokens


def test_what_a_mark_left_in_the_cache_is_not_taken_for_its_text(engine, folder):
    engine.load(write(folder, user_defined=("    ", "<|user|>")))
    engine.generate((Segment("<|user|>", control=True), Segment("and more text")))
    reply = engine.generate("<|user|>and more text")
    assert reply.usage.cached_tokens == 0


def test_the_start_that_a_template_leaves_out_is_added_once(engine, folder):
    settings = {"start": "<|im_start|>", "template": "{{ messages[0].content }}"}
    engine.load(write(folder, **settings))
    start, *others = engine.tokenize(Segment("<|im_start|>a", speaker=USER))
    assert others == list(engine.tokenize(Segment("<|im_start|>a"))[1:])
    engine.load(write(folder, **settings | {"template": CHATML.template}))
    assert engine.tokenize(*CHAT).count(start) == 4


def test_user_defined_marks_are_not_read_in_text_but_white_space_is(engine, folder):
    """llama.cpp itself reads both, special tokens or not."""
    path = write(folder, user_defined=("    ", "<|user|>", "word"))
    engine.load(path)
    with llama.loaded(path) as model:
        ids = llama.tokenize(model, "<|user|>    word", special=False)
    assert len(ids) == 3
    found = engine.tokenize(Segment("<|user|>    word"))
    assert ids[0] not in found
    assert list(found[-2:]) == ids[1:]
    assert engine.tokenize(Segment("<|user|>", control=True)) == (ids[0],)


def test_a_file_without_a_template_continues_text(engine, folder):
    loaded = engine.load(write(folder, template=""))
    assert loaded.model.form == "base"
    assert engine.generate("a", GREEDY).reason is FinishReason.LENGTH
    reply = engine.generate(CHAT)
    assert reply.failed.code is ErrorCode.PROTOCOL


def test_moss_keeps_its_own_way_whatever_template_its_file_has(engine, folder):
    loaded = engine.load(write(folder, form="sft"))
    assert loaded.model.form == "sft"


@pytest.mark.parametrize(
    "settings", [{"phi2.pooling_type": 1}, {"phi2.pooling_type": 3}]
)
def test_a_model_for_embeddings_is_refused(engine, folder, settings):
    failed = engine.load(write(folder, settings=settings))
    assert isinstance(failed, Failed)
    assert failed.code is ErrorCode.MODEL_UNSUPPORTED
    assert "phi2" in failed.detail


@pytest.mark.parametrize(
    "template",
    [
        "{% for %}",
        "{{ raise_exception('No chat today') }}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 100000000000 }}",
    ],
)
def test_a_template_that_fails_is_said_when_the_file_is_opened(
    engine, folder, template
):
    failed = engine.load(write(folder, template=template))
    assert isinstance(failed, Failed)
    assert failed.code is ErrorCode.TEMPLATE_FAILED
    assert isinstance(engine.load(write(folder)), Loaded)


def test_a_template_that_refuses_a_chat_fails_for_that_chat(engine, folder):
    family = next(family for family in FAMILIES if family.name == "llama2")
    engine.load(write(folder, family))
    twice = (Segment("a", speaker=USER), Segment("b", speaker=USER))
    reply = engine.generate(twice)
    assert reply.failed.code is ErrorCode.TEMPLATE_FAILED
    assert "alternate" in reply.failed.detail
    assert engine.generate(CHAT).finished


def test_a_template_that_hangs_beyond_its_budget_ends_the_engine(folder):
    script = """
import itertools
from app.engine.templates import chat_prompts
from app.engine.templates.chat_template import ChatTemplate
chat_prompts._MOST_SECONDS = 0.5
ChatTemplate.render = lambda *_, **__: all(itertools.repeat(True))
"""
    with Engine(script=script) as engine:
        with pytest.raises(EngineLostError) as caught:
            engine.load(write(folder))
        assert caught.value.exit_code == 1
        assert "Timeout" in caught.value.stderr


# -- real models and vocabularies, where they are ------------------------------------


def test_a_real_model_answers(smollm2, engine):
    loaded = engine.load(smollm2, context=2048)
    assert (loaded.model.form, loaded.model.architecture) == ("chat", "llama")
    sampling = Sampling(temperature=0, max_tokens=100)
    first = (Segment("What is the capital of France?", speaker=USER),)
    answer = engine.generate(first, sampling)
    assert answer.text
    assert not set(answer.controls) - {"<|im_end|>"}
    chat = (
        *first,
        Segment(answer.text, speaker=ASSISTANT),
        Segment("And of Italy?", speaker=USER),
    )
    again = engine.generate(chat, sampling)
    assert again.text
    assert again.usage.cached_tokens > 30


def test_a_real_model_s_ids_are_llama_cpp_s(smollm2, engine):
    loaded = engine.load(smollm2, context=512)
    assert loaded.model.opened_thoughts == ""
    marks = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<repo_name>")
    with llama.loaded(smollm2, vocabulary_only=True) as model:
        begin = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, "
        begin += "trained by Hugging Face<|im_end|>\n<|im_start|>user\n"
        end = "<|im_end|>\n<|im_start|>assistant\n"
        expected = llama.tokenize(model, f"{begin}Hello{end}", special=True)
        assert list(engine.tokenize(Segment("Hello", speaker=USER))) == expected
        special = {llama.tokenize(model, mark, special=True)[0] for mark in marks}
    for text in injections(marks):
        ids = engine.tokenize(Segment(text, speaker=USER))
        count = sum(token in special for token in ids)
        assert count == sum(token in special for token in expected)


@pytest.mark.skipif(
    not VOCABULARIES, reason="MOSS_TEST_LLAMA_CPP does not name llama.cpp's source"
)
@pytest.mark.parametrize("path", VOCABULARIES, ids=lambda path: path.stem[11:])
def test_published_vocabularies(path):
    """Those that llama.cpp keeps for its own tests: nothing in them comes of text."""
    if path.stem.endswith(BERT):
        pytest.skip("not a vocabulary for writing")
    with llama.loaded(path, vocabulary_only=True) as model:
        vocabulary = Vocabulary(model)
        template = llama.chat_template(model) or CHATML.template
        texts = vocabulary.markers.texts
        special = {vocabulary.control_id(text) for text in texts}
        used = [text for text in texts if text in template]
        for text in injections([*used[:12], *texts[:4]]):
            assert not special & set(vocabulary.tokenize([Segment(text)]))
        specials, markers = vocabulary.special_texts(), vocabulary.markers
        prompts = ChatPrompts(template, specials, markers.segments)
        specials = vocabulary.special_texts()
        now = datetime.now(UTC).astimezone()
        text = reference_templates.render(template, CHAT, specials, now)
        expected = llama.tokenize(model, text, special=True)
        assert vocabulary.tokenize(prompts.segments(CHAT)) == expected
