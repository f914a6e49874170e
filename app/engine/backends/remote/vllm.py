"""vLLM's OpenAI-compatible server.

Prompts go as token ids, made by `/tokenize`, segment by segment. vLLM reads control
tokens in any text and offers no switch for that, but it can list them: with
`--enable-tokenizer-info-endpoint` it answers at `/tokenizer_info`. What the list names
is broken up in text (see `markers`), and no text whose tokens hold a control token is
ever sent. Without the list the server is refused.

Source: vLLM's `entrypoints`: `completion/protocol.py`, `serve/tokenize`. Its samplers
have MOSS's order; `return_token_ids` says which tokens were written. It knows neither
typical sampling nor Mirostat.
"""

from collections.abc import Iterator, Mapping
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
from app.engine.protocol import Generate

_PROBE: Final = "x"
_ALL: Final = -1
_LISTS: Final = ("additional_special_tokens", "extra_special_tokens")
_MOST_KNOWN_TEXTS: Final = 4096


class _Tokens(msgspec.Struct):
    tokens: tuple[int, ...]
    max_model_len: int


class _Choice(msgspec.Struct):
    text: str
    token_ids: tuple[int, ...] | None = None
    finish_reason: str | None = None


class _Event(msgspec.Struct):
    choices: tuple[_Choice, ...] = ()
    error: msgspec.Raw = msgspec.Raw()


class Vllm:
    """Speaks with vLLM; a `Dialect`, whose words its methods follow.

    Args:
        server: The server.
        model: The model's name there.
        context: Tokens of the window.
        about: What `/tokenizer_info` says.
    """

    names_controls = True

    def __init__(
        self,
        server: Server,
        model: str,
        *,
        context: int,
        about: Mapping[str, object],
    ) -> None:
        self._server = server
        self._model = model
        self._context = context
        self._about = about
        self._start: tuple[int, ...] | None = None
        self._known: dict[str, tuple[int, ...]] = {}
        self._ids = _listed(about)
        for name in _named(about):
            if name not in self._ids:
                tokens = self._tokenize(name)
                if len(tokens) == 1:
                    self._ids[name] = tokens[0]
        self._names = {token: name for name, token in self._ids.items()}

    @classmethod
    def at(cls, server: Server, model: str) -> Self | None:
        """The dialect, if this is such a server.

        Raises:
            UserError: `ErrorCode.SERVER_UNSUITABLE`: it is, but lists no tokens.
        """
        question = {"model": model, "prompt": _PROBE, "add_special_tokens": False}
        answer = offered(lambda: server.post("/tokenize", question, _Tokens))
        if answer is None:
            return None
        about = offered(lambda: server.get("/tokenizer_info", dict[str, object]))
        if about is None:
            detail = f"{server.name}: vllm serve … --enable-tokenizer-info-endpoint"
            raise UserError(ErrorCode.SERVER_UNSUITABLE, detail)
        return cls(server, model, context=answer.max_model_len, about=about)

    def describe(self) -> Description:
        """The window and the template."""
        said = {
            name: value
            for name in ("chat_template", "bos_token", "eos_token")
            if isinstance(value := self._about.get(name), str)
        }
        template = said.pop("chat_template", "")
        return Description("vllm", self._context, template, said)

    def is_token(self, text: str) -> bool:
        """Looks it up."""
        return text in self._ids

    def encode(self, prompt: tuple[Segment, ...]) -> Encoded:
        """Token ids."""
        tokens: list[int] = []
        for segment in markers.without_names(prompt, self._ids):
            if not segment.control:
                tokens += self._text(segment.text)
            elif segment.text in self._ids:
                tokens.append(self._ids[segment.text])
            else:
                raise no_control_token(segment.text)
        start = self._begin() if tokens else ()
        if tuple(tokens[: len(start)]) != start:
            tokens = [*start, *tokens]
        return Encoded(tuple(tokens), tuple(tokens))

    def question(self, prompt: Encoded, command: Generate, seed: int) -> Question:
        """A completion in OpenAI's form, with vLLM's settings."""
        sampling = command.sampling
        always = {
            name for rule in command.stop if not rule.after for name in rule.tokens
        }
        return Question(
            "/v1/completions",
            {
                "model": self._model,
                "prompt": prompt.prompt,
                "max_tokens": sampling.max_tokens,
                "temperature": sampling.temperature,
                "top_k": sampling.top_k or _ALL,
                "top_p": sampling.top_p,
                "min_p": sampling.min_p,
                "repetition_penalty": sampling.repetition_penalty,
                "seed": seed,
                "stop_token_ids": sorted(self._ids[n] for n in always & {*self._ids}),
                "skip_special_tokens": False,
                "spaces_between_special_tokens": False,
                "return_token_ids": True,
                "stream": True,
            },
        )

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Some tokens, and the end."""
        event = decoded(data, _Event, self._server.name)
        if event.error:
            raise failures.reported(self._server.name, failures.problem(data))
        for choice in event.choices:
            if choice.token_ids is None:
                detail = f"{self._server.name}: no token ids in the answer"
                raise UserError(ErrorCode.SERVER_UNSUITABLE, detail)
            yield from self._written(choice.text, choice.token_ids)
            if choice.finish_reason == "length":
                yield Ended(FinishReason.LENGTH)
            elif choice.finish_reason is not None:
                yield Ended(FinishReason.STOP)

    def _written(self, text: str, tokens: tuple[int, ...]) -> Iterator[Piece]:
        """Text and control tokens in the order of the tokens.

        The token that a completion stops at is among the tokens, but has no text.
        """
        for token in tokens:
            name = self._names.get(token)
            if name is None:
                continue
            before, found, after = text.partition(name)
            if before:
                yield Wrote(before)
            text = after if found else ""
            yield Marked(name)
        if text:
            yield Wrote(text)

    def _text(self, text: str) -> tuple[int, ...]:
        """The ids of text, in which there is no control token."""
        tokens = self._known.get(text)
        if tokens is None:
            tokens = self._tokenize(text)
            if not self._names.keys().isdisjoint(tokens):
                detail = f"{self._server.name}: text is taken for control tokens"
                raise UserError(ErrorCode.SERVER_UNSUITABLE, detail)
            if len(self._known) >= _MOST_KNOWN_TEXTS:
                self._known.clear()
            self._known[text] = tokens
        return tokens

    def _begin(self) -> tuple[int, ...]:
        """What the tokenizer puts in front of every text: a beginning-of-text token."""
        if self._start is None:
            whole = self._tokenize(_PROBE, add_special_tokens=True)
            begins = whole[:1] if whole[:1] != self._tokenize(_PROBE)[:1] else ()
            self._start = begins
        return self._start

    def _tokenize(
        self, text: str, *, add_special_tokens: bool = False
    ) -> tuple[int, ...]:
        body = {
            "model": self._model,
            "prompt": text,
            "add_special_tokens": add_special_tokens,
        }
        return self._server.post("/tokenize", body, _Tokens).tokens


def _listed(about: Mapping[str, object]) -> dict[str, int]:
    """The added tokens of a tokenizer's configuration.

    Those that are white space only lay text out and say nothing; they stay text.
    """
    added = about.get("added_tokens_decoder")
    if not isinstance(added, Mapping):
        return {}
    return {
        name: int(token)
        for token, name in added.items()
        if isinstance(name, str) and name.strip() and str(token).isdecimal()
    }


def _named(about: Mapping[str, object]) -> set[str]:
    """The special tokens that it names one by one: `eos_token` and the like."""
    names = {
        value
        for key, value in about.items()
        if key.endswith("_token") and isinstance(value, str)
    }
    for key in _LISTS:
        values = about.get(key)
        if isinstance(values, Mapping):
            values = list(values.values())
        if isinstance(values, list):
            names |= {value for value in values if isinstance(value, str)}
    return {name for name in names if name.strip()}
