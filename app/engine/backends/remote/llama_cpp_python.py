"""llama-cpp-python's server, `python -m llama_cpp.server`.

It takes prompts as one text only, and reads control tokens in it wherever they stand.
So a prompt is asked about before it is sent: `/extras/tokenize` reads it as the
completion will, and `/extras/detokenize` gives back its text without control tokens.
That must be exactly the text segments. Where it is not, `markers` breaks up what was
taken for a control token, and a prompt that still does not come back whole is refused.

A control token that it writes has no text: it comes as an empty piece, and which one it
was is not said. The end-of-text token is not even that.

Source: `llama_cpp/server/app.py` and `Llama._create_completion` of 0.3.36. Its order of
samplers is llama.cpp's and cannot be changed, and its repetition penalty looks back
64 tokens; greedy answers without a penalty are those of the engine here. It knows no
typical sampling.
"""

import re
from collections.abc import Iterator
from typing import Final, Self

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, Segment
from app.engine.backends.remote import failures, markers
from app.engine.backends.remote.dialect import (
    Description,
    Encoded,
    Ended,
    Marked,
    Piece,
    Question,
    Wrote,
    no_control_token,
    offered,
)
from app.engine.backends.remote.exchange import Server, decoded
from app.engine.backends.remote.failures import StatusError
from app.engine.protocol import Generate

_PROBE: Final = "x"
_TOO_MANY: Final = 140_000
_MIROSTAT: Final = 2
_WINDOW: Final = re.compile(r"maximum context length is ([0-9]{1,9}) tokens")


class _Tokens(msgspec.Struct):
    tokens: tuple[int, ...]


class _Text(msgspec.Struct):
    text: str


class _Choice(msgspec.Struct):
    text: str
    finish_reason: str | None = None


class _Event(msgspec.Struct):
    choices: tuple[_Choice, ...] = ()
    error: msgspec.Raw = msgspec.Raw()


class LlamaCppPython:
    """Speaks with llama-cpp-python; a `Dialect`, whose words its methods follow.

    Args:
        server: The server.
        model: The model's name there.
    """

    names_controls = False

    def __init__(self, server: Server, model: str) -> None:
        self._server = server
        self._model = model
        self._controls: set[str] = set()

    @classmethod
    def at(cls, server: Server, model: str) -> Self | None:
        """The dialect, if this is such a server."""
        dialect = cls(server, model)
        answer = offered(lambda: dialect._tokenize(_PROBE))
        return dialect if answer is not None else None

    def describe(self) -> Description:
        """The window, which it tells only to who asks for too much."""
        return Description(kind="llama-cpp-python", context=self._window())

    def is_token(self, text: str) -> bool:
        """Asks the tokenizer."""
        return self._is_control(text)

    def encode(self, prompt: tuple[Segment, ...]) -> Encoded:
        """One text, in which no text is taken for a control token."""
        for segment in prompt:
            if segment.control and not self._is_control(segment.text):
                raise no_control_token(segment.text)
        encoded = self._checked(prompt)
        if encoded is None:
            broken = markers.broken_up(prompt, self._controls, self._round_trip)
            encoded = self._checked(broken)
        if encoded is None:
            detail = f"{self._server.name}: text is taken for control tokens"
            raise UserError(ErrorCode.SERVER_UNSUITABLE, detail)
        return encoded

    def question(self, prompt: Encoded, command: Generate, seed: int) -> Question:
        """A completion in OpenAI's form, with llama.cpp's settings."""
        sampling = command.sampling
        return Question(
            "/v1/completions",
            {
                "model": self._model,
                "prompt": prompt.prompt,
                "max_tokens": sampling.max_tokens,
                "temperature": sampling.temperature,
                "top_k": sampling.top_k,
                "top_p": sampling.top_p,
                "min_p": sampling.min_p,
                "repeat_penalty": sampling.repetition_penalty,
                "mirostat_mode": _MIROSTAT if sampling.mirostat_tau else 0,
                "mirostat_tau": sampling.mirostat_tau,
                "mirostat_eta": sampling.mirostat_eta,
                "seed": seed,
                "stream": True,
            },
        )

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Some text, a control token or the end."""
        event = decoded(data, _Event, self._server.name)
        if event.error:
            raise failures.reported(self._server.name, failures.problem(data))
        for choice in event.choices:
            if choice.text:
                yield Wrote(choice.text)
            if choice.finish_reason == "length":
                yield Ended(FinishReason.LENGTH)
            elif choice.finish_reason is not None:
                yield Marked("")
                yield Ended(FinishReason.STOP)
            elif not choice.text:
                yield Marked("")

    def _window(self) -> int | None:
        """Tokens of the window; None where it is wider than any we know.

        A prompt that is too long is refused before anything is evaluated. Should the
        window be wider, it is refused all the same, because of `logprobs`: a server
        that keeps logits for those has no memory for such a window.
        """
        question = {
            "model": self._model,
            "prompt": " a" * _TOO_MANY,
            "max_tokens": 1,
            "logprobs": 1,
        }
        try:
            self._server.post("/v1/completions", question, _Event)
        except StatusError as error:
            found = _WINDOW.search(error.detail)
            return int(found[1]) if found else None
        return None

    def _checked(self, prompt: tuple[Segment, ...]) -> Encoded | None:
        """The prompt encoded; None where it does not come back whole."""
        text = "".join(segment.text for segment in prompt)
        plain = "".join(segment.text for segment in prompt if not segment.control)
        tokens = self._tokenize(text) if text else ()
        found = self._detokenize(tokens) if tokens else ""
        # Behind a beginning-of-text token it leaves one space out.
        return Encoded(text, tokens) if plain in {found, f" {found}"} else None

    def _is_control(self, text: str) -> bool:
        if text not in self._controls and not self._round_trip(text):
            self._controls.add(text)
        return text in self._controls

    def _round_trip(self, text: str) -> str:
        return self._detokenize(self._tokenize(text))

    def _tokenize(self, text: str) -> tuple[int, ...]:
        body = {"model": self._model, "input": text}
        return self._server.post("/extras/tokenize", body, _Tokens).tokens

    def _detokenize(self, tokens: tuple[int, ...]) -> str:
        body = {"model": self._model, "tokens": tokens}
        return self._server.post("/extras/detokenize", body, _Text).text
