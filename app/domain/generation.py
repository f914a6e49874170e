"""What is asked of a language model and what it reports: plain values."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.hardware import Placement


class Speaker(StrEnum):
    """Who says a message; the value is the role's name in chat templates."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a model may call; it has one parameter, a text.

    Attributes:
        name: Its name.
        description: What it does.
        parameter: The parameter's name.
        about: What the parameter is.
    """

    name: str
    description: str
    parameter: str
    about: str


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call of a function.

    Attributes:
        name: The function's.
        parameter: Its parameter's.
        argument: The value.
    """

    name: str
    parameter: str
    argument: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of prompt.

    Attributes:
        text: The text.
        control: True when `text` is one control token's own text, such as `<eoh>`.
            Everything else is tokenized with special tokens off, so nothing that a
            user or a tool wrote can become a control token.
        speaker: Who says it, where the text is a whole message of a chat which the
            engine is to write down with the model's own chat template; None otherwise.
            A prompt has messages only, or none.
        functions: What the model may call in this chat: in a chat's first message,
            which is the system's and has no other part where it has no text.
        calls: What the assistant calls behind its text. The results follow as messages
            of `Speaker.TOOL`, one for each, in the same order.
    """

    text: str
    control: bool = False
    speaker: Speaker | None = None
    functions: tuple[Function, ...] = ()
    calls: tuple[FunctionCall, ...] = ()

    @property
    def characters(self) -> int:
        """About how many characters a prompt has of it."""
        words = [self.text, *(call.argument for call in self.calls)]
        words += [each.description + each.about for each in self.functions]
        return sum(map(len, words))


@dataclass(frozen=True, slots=True)
class StopRule:
    """Generation ends at one of these control tokens.

    Attributes:
        tokens: Texts of control tokens, matched by token id, never by text.
        after: The rule holds only once the generated text contains this; empty
            means always.
    """

    tokens: tuple[str, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What generated text must look like.

    It is about text alone. Control tokens are no part of it: where the text may end,
    any that ends the generation may follow, and elsewhere none.

    Attributes:
        rules: In llama.cpp's GBNF; `root` is the whole text that is bound.
        after: What comes behind this in the generated text is bound, and nothing
            before; empty binds all.
    """

    rules: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """A token and how likely the model found it.

    Attributes:
        token: Its id.
        text: What it stands for, a control token's own text too; U+FFFD where that
            is a part of a character.
        logprob: Natural logarithm of its probability among all rows of the output
            layer: of the softmax of the logits as they are, before penalty,
            temperature and whatever else makes a choice.
    """

    token: int
    text: str
    logprob: float


MOST_SCORES = 20
"""Alternatives to a token that may be asked for."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen.

    The chain runs in MOSS's order: repetition penalty over the whole context,
    temperature, top_k, top_p. What other models may want besides is off by default and
    comes where llama.cpp has it: typical_p before top_p, min_p after it.

    Attributes:
        temperature: 0 means greedy.
        top_p: Probability mass kept; 1 keeps everything.
        top_k: Candidates kept; 0 keeps everything.
        repetition_penalty: 1 means none.
        seed: None draws a new one, which `Usage.seed` then reports.
        max_tokens: Most tokens that one generation may add.
        min_p: Candidates kept have at least this part of the likeliest one's
            probability; 0 keeps everything.
        typical_p: Probability mass kept of the candidates whose surprise is nearest to
            the expected one (arXiv:2202.00666); 1 keeps everything.
        mirostat_tau: The surprise in bits that Mirostat 2.0 (arXiv:2007.14966) steers
            to, in the place of top_k, typical_p, top_p and min_p; 0 means off.
        mirostat_eta: How fast it learns.
    """

    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 40
    repetition_penalty: float = 1.02
    seed: int | None = None
    max_tokens: int = 512
    min_p: float = 0.0
    typical_p: float = 1.0
    mirostat_tau: float = 0.0
    mirostat_eta: float = 0.1


class FinishReason(StrEnum):
    """Why a generation ended."""

    STOP = "stop"
    LENGTH = "length"
    CONTEXT_FULL = "context_full"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a generation cost.

    Attributes:
        prompt_tokens: Tokens of the prompt.
        cached_tokens: Of these, tokens whose keys and values were still there, those
            that were moved or read from disk included.
        generated_tokens: Tokens sampled, the stop token included.
        prompt_seconds: From the command's arrival to the first logits.
        generate_seconds: From the first logits to the end.
        seed: The seed that was used. It gives the text again; if it was drawn and
            tokens were accepted, as far as batches round like single tokens.
        shifted_tokens: Of the cached ones, those moved because turns were left out.
        restored_tokens: Of the cached ones, those read from disk.
        drafted_tokens: Tokens that were evaluated before it was their turn, because
            the same words have been followed by them before.
        accepted_tokens: Of these, tokens that were then chosen.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    prompt_seconds: float = 0.0
    generate_seconds: float = 0.0
    seed: int = 0
    shifted_tokens: int = 0
    restored_tokens: int = 0
    drafted_tokens: int = 0
    accepted_tokens: int = 0

    @property
    def evaluated_tokens(self) -> int:
        """Tokens of the prompt that had to be evaluated."""
        return self.prompt_tokens - self.cached_tokens

    def __add__(self, other: "Usage") -> "Usage":
        """Total of two stages of one reply; prompt and seed are the first one's."""
        return Usage(
            prompt_tokens=self.prompt_tokens,
            cached_tokens=self.cached_tokens,
            generated_tokens=self.generated_tokens + other.generated_tokens,
            prompt_seconds=self.prompt_seconds + other.prompt_seconds,
            generate_seconds=self.generate_seconds + other.generate_seconds,
            seed=self.seed,
            shifted_tokens=self.shifted_tokens,
            restored_tokens=self.restored_tokens,
            drafted_tokens=self.drafted_tokens + other.drafted_tokens,
            accepted_tokens=self.accepted_tokens + other.accepted_tokens,
        )

    @property
    def tokens_per_second(self) -> float:
        """Decoding speed; 0 when nothing was generated."""
        if self.generate_seconds <= 0:
            return 0.0
        return self.generated_tokens / self.generate_seconds


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the engine says of the model it has loaded.

    Attributes:
        path: The GGUF file, or the link of a model on a server.
        name: `general.name`, or the model's name on the server.
        architecture: `general.architecture`.
        form: `moss.form`: "plugin", "sft" or "base". For a file that is not MOSS's
            "chat" where it has a chat template, otherwise "base".
        demo: True for the bundled demo model.
        parameters: Number of weights.
        size_bytes: Size of the tensors.
        vocabulary: Rows of the output layer that may be sampled.
        context: Tokens of the context window in use.
        device: Where it runs, in ggml's words, such as "CPU" or "CUDA0".
        licence: `general.license`; empty when the file does not say.
        quantization: The file type's name, such as "Q4_0".
        placement: How it is laid out in memory.
        can_shift: Whether what follows left-out turns can be kept in the cache.
        server: Host and port of the server that runs it; empty where this computer
            does.
        opened_thoughts: The mark for thoughts that the chat template ends each prompt
            with, such as "<think>"; empty for most models.
        calls_tools: Whether its chat template tells it of functions and has a form for
            calling them that we can read. MOSS's models have a way of their own.
    """

    path: str
    name: str
    architecture: str
    form: str
    demo: bool
    parameters: int
    size_bytes: int
    vocabulary: int
    context: int
    device: str
    licence: str = ""
    quantization: str = ""
    placement: Placement = field(default_factory=Placement)
    can_shift: bool = False
    server: str = ""
    opened_thoughts: str = ""
    calls_tools: bool = False
