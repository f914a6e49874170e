"""What is written fits a grammar, by llama.cpp's own reading of it."""

import pytest

from app.domain.command_grammar import command_grammar
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, Grammar, Sampling, StopRule
from app.domain.moss import Form, stop_rules
from app.domain.tools import MAX_COMMANDS, Tool, parse_commands, plan_calls
from app.engine.backends.llama.binding import Binding
from tests.fakes import tiny_gguf
from tests.fakes.llama_here import GREEDY, llama_here, segments
from tests.fakes.tiny_gguf import LONG_TOKEN, NEVER, SURE, TinyModel

EOC = (StopRule(("<eoc>",)),)
STAGE_ONE = stop_rules(Form.PLUGIN, answering=False)
DATA = "aé你😀".encode()
PIECES = sorted(
    {DATA[i:j] for i in range(len(DATA)) for j in range(i + 2, len(DATA) + 1)}
)
HOT = {"temperature": 1.5, "top_p": 1.0, "top_k": 0, "repetition_penalty": 1.0}
NO_WORDS = {LONG_TOKEN: NEVER, "    ": NEVER}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def llama():
    with llama_here() as llama:
        yield llama


@pytest.fixture(scope="module")
def wild(folder):
    """A model whose logits depend on what it has read, with halves of characters."""
    model = TinyModel(output_scale=0.3, pieces=PIECES)
    return tiny_gguf.write(folder / "wild.gguf", model)


@pytest.fixture(scope="module")
def closing(folder):
    """One that likes to close what it opens, and any marker."""
    biases = {
        '"': 5.0,
        ")": 7.0,
        "<eoc>": -2.0,
        "<eot>": -2.0,
        "<eom>": -2.0,
        **NO_WORDS,
    }
    model = TinyModel(output_scale=0.3, biases=biases)
    return tiny_gguf.write(folder / "closing.gguf", model)


def of_biases(llama, folder, **biases):
    """A model that writes by its biases alone."""
    llama.load(tiny_gguf.write(folder / "biases.gguf", TinyModel(biases=biases)))
    return llama


class Reader:
    """Shows texts to a grammar, as a model with a token for each byte writes them."""

    def __init__(self, llama, rules):
        self._vocabulary = llama.backend._model.vocabulary
        self._rules = rules

    def reads(self, text):
        """How much of a text fits, and whether the field may end then."""
        tokens = self._vocabulary.tokenize(segments(text))
        closing = self._vocabulary.control_id("<eoc>")
        grammar = Grammar(self._rules)
        with Binding(grammar, self._vocabulary, lambda _token: True) as binding:
            for count, token in enumerate(tokens):
                if not binding.allows(token):
                    return text[:count], False
                binding.wrote(token)
            return text, binding.allows(closing)


@pytest.fixture
def commands(llama, wild):
    """What fits the commands field, with some tools enabled."""
    llama.load(wild)
    return lambda *tools: Reader(llama, command_grammar(tools).rules)


@pytest.mark.parametrize(
    "text",
    [
        # As taught.
        " None",
        ' Calculate("37*48")',
        ' Search("a"), Search("b")',
        ' Solve("x=1"), Calculate("2"), Search("Paris"), Text2Image("a fox")',
        ' Text2Image("a fox holding a card")',
        ' Search("")',
        # Quotes, brackets and Chinese within.
        ' Calculate("((1+2)*(3-(4/(5+6))))")',
        ' Search("who said "I have a dream"?")',
        ' Search("Did "Tom", "Dick" and "Harry" meet?")',
        ' Search("the "Attention (2017)" paper")',
        ' Search("f("x"), g")',
        ' Search("a (b "c") d"), Search("(e)")',
        ' Search(":("), Search(":)")',
        ' Calculate("(1+2"), Solve("x=1")',
        ' Search("5" disk, 3" disk")',
        r' Search("\"quoted\" text")',
        ' Search("北京明天的天气（摄氏度）"), Search("“上海”")',
        ' Search("a\nb")',
        # As it is written instead now and then.
        "",
        "None.",
        ' Calculate("1"), None',
        ' Calculate("1"),\nSolve("x=1"),\n',
        ' Calculate("1"); Calculate("2")',
        ' Calculate("1") Calculate("2")',
        ' Search("北京")，Search("上海")',
        ' Search("a" + "b")',
        ' Search("in " + country + " now")',
        ' Calculate("2*" + str(x)), Solve("x=1")',
        ' Search("in {}".format("Paris"))',
        ' Search("{1} {0} {n:.2f}".format("a", "b", n=2))',
    ],
)
def test_what_moss_writes_fits(commands, text):
    assert commands(*Tool).reads(text) == (text, True)


@pytest.mark.parametrize(
    ("tools", "text", "fits"),
    [
        ([Tool.SOLVE], ' Search("a")', " S"),
        ([Tool.CALCULATE], ' Calculate("1"), Search("a")', ' Calculate("1"), '),
        ([], ' Calculate("1")', " "),
        (Tool, ' Count("a")', " C"),
        (Tool, " I would search", " "),
        (Tool, ' Search("a") # why', ' Search("a") '),
        (Tool, "".join(f' Search("{n}"),' for n in range(5)), None),
    ],
)
def test_what_may_not_be_done_does_not_fit(commands, tools, text, fits):
    if fits is None:
        fits = "".join(f' Search("{n}"),' for n in range(MAX_COMMANDS)) + " "
    assert commands(*tools).reads(text) == (fits, False)


@pytest.mark.parametrize("text", [" N", ' Search("a', ' Search("a"', " Sea"])
def test_the_field_cannot_end_within_a_command(commands, text):
    assert commands(*Tool).reads(text) == (text, False)


@pytest.mark.parametrize("candidates", [1, 2])
def test_a_wild_model_writes_commands_of_enabled_tools_only(llama, closing, candidates):
    llama.load(closing)
    rules = command_grammar([Tool.CALCULATE, Tool.SOLVE]).rules
    called = 0
    for seed in range(30):
        sampling = Sampling(seed=seed, max_tokens=200, **HOT)
        written = llama.generate(
            "a",
            sampling,
            grammar=Grammar(rules),
            stop=STAGE_ONE,
            candidates=candidates,
        )
        reader = Reader(llama, rules)
        reasons = written.finished.reasons or (written.reason,)
        for number, reason in enumerate(reasons):
            text = written.texts.get(number, "")
            fits, may_end = reader.reads(text)
            assert fits == text
            assert may_end or reason is FinishReason.LENGTH
            planned = plan_calls(parse_commands(text), list(Tool))
            assert {command.tool for command in planned} <= {Tool.CALCULATE, Tool.SOLVE}
            called += may_end and bool(planned)
    assert called >= 5


def test_any_marker_that_ends_may_end_what_is_whole(llama, closing):
    llama.load(closing)
    ends = set()
    for seed in range(20):
        sampling = Sampling(seed=seed, max_tokens=40, **HOT)
        grammar = Grammar('root ::= "a"')
        written = llama.generate("x", sampling, grammar=grammar, stop=EOC)
        assert written.text == "a"
        ends |= set(written.controls)
    # <eot> ends nothing without a rule; <eom> is the file's own end.
    assert ends == {"<eoc>", "<eom>"}


def test_a_control_token_is_no_text(llama, folder):
    of_biases(llama, folder, **{"<eoc>": SURE, "b": 1.0})
    grammar = Grammar('root ::= [^"]*')
    free = llama.generate("x", GREEDY, grammar=grammar)
    assert (free.text, free.controls) == ("b" * 8, [])
    ended = llama.generate("x", GREEDY, grammar=grammar, stop=EOC)
    assert (ended.text, ended.controls) == ("", ["<eoc>"])


@pytest.mark.parametrize("seed", range(12))
def test_characters_are_read_across_tokens(llama, wild, seed):
    llama.load(wild)
    sampling = Sampling(seed=seed, max_tokens=40, **HOT)
    text = DATA.decode() * 3
    written = llama.generate("x", sampling, grammar=Grammar(f'root ::= "{text}"'))
    assert written.text == text
    assert written.usage.generated_tokens < len(text.encode()) + 1  # parts of several


def test_what_fits_anyway_is_written_as_without_a_grammar(llama, folder):
    not_text = dict.fromkeys(tiny_gguf.byte_tokens()[128:], NEVER)
    model = TinyModel(output_scale=0.3, biases={"\u0100": NEVER, **not_text})
    llama.load(tiny_gguf.write(folder / "ascii.gguf", model))
    sampling = Sampling(seed=1, max_tokens=60, **HOT)
    free = llama.generate("x", sampling)
    assert free.usage.generated_tokens == 60
    bound = llama.generate("x", sampling, grammar=Grammar("root ::= .*"))
    assert bound.texts == free.texts


def test_it_binds_what_follows_the_mark(llama, folder):
    of_biases(llama, folder, a=10.0, b=9.9, c=9.8, d=9.7, x=0.0)
    sampling = Sampling(temperature=0, repetition_penalty=1.5, max_tokens=8)
    assert llama.generate("!", sampling).text.startswith("abcd")
    grammar = Grammar('root ::= "x"*', after="bc")
    assert llama.generate("!", sampling, grammar=grammar).text == "abcxxxxx"


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ('root ::= "e" "a"*', "heaaaaaa"),  # begins within the token of "he"
        ('root ::= "z"', "he" * 8),  # fits nothing: let go of
    ],
)
def test_a_token_may_hold_the_mark_and_more(llama, folder, rules, text):
    of_biases(llama, folder, he=SURE, a=1.0)
    grammar = Grammar(rules, after="h")
    sampling = Sampling(temperature=0, repetition_penalty=1, max_tokens=len(text) - 1)
    written = llama.generate("!", sampling, grammar=grammar)
    assert written.text.startswith(text)


def test_a_grammar_that_leads_nowhere_is_let_go_of(llama, folder):
    # No token has a character of which llama.cpp's grammar knows nothing.
    of_biases(llama, folder, a=SURE)
    written = llama.generate("x", GREEDY, grammar=Grammar(r'root ::= "b" "\x00"'))
    assert written.text == "b" + "a" * 7
    assert written.reason is FinishReason.LENGTH


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "root",
        'root ::= "a',
        "root ::= missing",
        'root ::= "\\q"',
        "root ::= <eoc>",
        'root ::= "a"{3,1}',
        'root ::= root "a" | "b"',
        'root ::= a root "x"\na ::= b\nb ::= ""',
        "root ::= " + "(" * 5000 + '"a"' + ")" * 5000,
        "root ::= [",
    ],
)
def test_a_bad_grammar_is_refused(llama, wild, rules):
    llama.load(wild)
    with pytest.raises(UserError) as caught:
        llama.generate("x", grammar=Grammar(rules))
    assert caught.value.code is ErrorCode.PROTOCOL
    assert caught.value.detail.startswith("grammar: ")
    assert llama.generate("x").text  # nothing is lost


def test_the_same_seed_fits_the_same_text_twice(llama, closing):
    llama.load(closing)
    grammar = Grammar(command_grammar(Tool).rules)
    texts = [
        llama.generate(
            "x",
            Sampling(temperature=1.5, seed=4, max_tokens=60),
            grammar=grammar,
            stop=EOC,
            candidates=2,
        ).texts
        for _ in range(3)
    ]
    assert texts[0] == texts[1] == texts[2]
    assert texts[0][0] != texts[0][1]
