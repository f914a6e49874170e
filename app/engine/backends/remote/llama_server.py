"""llama.cpp's own server, `llama-server`.

Prompts go as token ids. `/tokenize` makes them: text with `parse_special` off, so that
nothing in it becomes a control token, and a control token's text by itself with
`parse_special` on. That leaves the tokens which llama.cpp finds in any text, those that
a file lists as user-defined: marks among them are broken up (see `markers`), and the
answer is checked for them.

Which token was written comes as its id beside the text; a name that is not known yet is
asked for.

Source: `tools/server` of llama.cpp, README and `server-context.cpp`. A written control
token has no text there unless it is named in `preserved_tokens`; without that, one
that follows half a character would not be reported at all.
"""

from collections.abc import Iterator
from typing import Final, Self
from urllib.parse import quote

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
    Read,
    Wrote,
    no_control_token,
    offered,
)
from app.engine.backends.remote.exchange import Server, decoded
from app.engine.backends.remote.marks import MARK
from app.engine.protocol import Generate

_PROBE: Final = "x"
_SAMPLERS: Final = ("penalties", "temperature", "top_k", "typ_p", "top_p", "min_p")
"""The engine's order, and no others, whatever the server's own defaults are."""
_MIROSTAT: Final = 2


class _Settings(msgspec.Struct):
    n_ctx: int


class _Properties(msgspec.Struct):
    default_generation_settings: _Settings
    chat_template: str = ""
    bos_token: str = ""
    eos_token: str = ""


class _Token(msgspec.Struct):
    id: int
    piece: str | tuple[int, ...] = ""


class _Tokens(msgspec.Struct):
    tokens: tuple[_Token, ...]


class _Text(msgspec.Struct):
    content: str


class _Progress(msgspec.Struct):
    processed: int
    cache: int = 0


class _Event(msgspec.Struct):
    content: str = ""
    tokens: tuple[int, ...] = ()
    stop: bool = False
    stop_type: str = ""
    truncated: bool = False
    prompt_progress: _Progress | None = None
    error: msgspec.Raw = msgspec.Raw()


class LlamaServer:
    """Speaks with llama-server; a `Dialect`, whose words its methods follow.

    Args:
        server: The server.
        model: The model's name there.
        properties: What it said of itself.
    """

    names_controls = True

    def __init__(self, server: Server, model: str, properties: _Properties) -> None:
        self._server = server
        self._model = model
        self._properties = properties
        self._ids: dict[str, int | None] = {}
        self._names: dict[int, str] = {}
        self._begin: tuple[int, ...] | None = None

    @classmethod
    def at(cls, server: Server, model: str) -> Self | None:
        """The dialect, if this is such a server."""
        path = f"/props?model={quote(model, safe='')}"
        properties = offered(lambda: server.get(path, _Properties))
        return cls(server, model, properties) if properties is not None else None

    def describe(self) -> Description:
        """The window of one slot, and the template."""
        said = self._properties
        return Description(
            kind="llama-server",
            context=said.default_generation_settings.n_ctx or None,
            template=said.chat_template,
            specials={"bos_token": said.bos_token, "eos_token": said.eos_token},
        )

    def is_token(self, text: str) -> bool:
        """Asks the tokenizer."""
        return self._control(text) is not None

    def encode(self, prompt: tuple[Segment, ...]) -> Encoded:
        """Token ids, with the token in front that the file wants there."""
        for segment in prompt:
            if segment.control and self._control(segment.text) is None:
                raise no_control_token(segment.text)
        wanted = sum(segment.control for segment in prompt)
        found = self._read(prompt)
        if len(names := self._marks(found)) != wanted:
            found = self._read(markers.without_names(prompt, {*names, *self._ids}))
        if len(self._marks(found)) != wanted:
            detail = f"{self._server.name}: text is taken for control tokens"
            raise UserError(ErrorCode.SERVER_UNSUITABLE, detail)
        ids = tuple(token.id for token in found)
        start = self._start() if ids else ()
        if ids[: len(start)] != start:
            ids = start + ids
        return Encoded(ids, ids)

    def question(self, prompt: Encoded, command: Generate, seed: int) -> Question:
        """A completion in llama.cpp's own form."""
        for rule in command.stop:
            for name in rule.tokens:
                self._control(name)
        sampling = command.sampling
        return Question(
            "/completion",
            {
                "model": self._model,
                "prompt": prompt.prompt,
                "n_predict": sampling.max_tokens,
                "temperature": sampling.temperature,
                "top_k": sampling.top_k,
                "top_p": sampling.top_p,
                "repeat_penalty": sampling.repetition_penalty,
                # The whole window: -1, which README has for it, is refused.
                "repeat_last_n": self._properties.default_generation_settings.n_ctx,
                "seed": seed,
                "min_p": sampling.min_p,
                "typical_p": sampling.typical_p,
                "samplers": _SAMPLERS,
                "mirostat": _MIROSTAT if sampling.mirostat_tau else 0,
                "mirostat_tau": sampling.mirostat_tau,
                "mirostat_eta": sampling.mirostat_eta,
                "preserved_tokens": tuple(self._names.values()),
                "return_progress": True,
                "return_tokens": True,
                "cache_prompt": True,
                "stream": True,
            },
        )

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """One token, how far the prompt is read, or the end."""
        event = decoded(data, _Event, self._server.name)
        if event.error:
            raise failures.reported(self._server.name, failures.problem(data))
        if event.prompt_progress is not None:
            yield Read(event.prompt_progress.processed, event.prompt_progress.cache)
        elif event.stop:
            yield Ended(_reason(event))
        elif event.tokens:
            yield from self._written(event.content, event.tokens[-1])
        elif event.content:
            detail = f"{self._server.name}: no token ids in the answer"
            raise UserError(ErrorCode.SERVER_UNSUITABLE, detail)

    def _written(self, content: str, token: int) -> Iterator[Piece]:
        name = self._names.get(token, "")
        if not name and not content:
            name = self._name(token)
        text = content.removesuffix(name)
        if text:
            yield Wrote(text)
        if name or not text:
            yield Marked(name)

    def _name(self, token: int) -> str:
        """The text of a control token that nobody has named yet."""
        answer = self._server.post("/detokenize", {"tokens": [token]}, _Text)
        self._names[token] = answer.content
        return answer.content

    def _control(self, text: str) -> int | None:
        """The id of the one token that this text names, a control token or a mark."""
        if text not in self._ids:
            meant = self._tokenize([text], parse_special=True)
            literal = self._tokenize([text])
            is_one = len(meant) == 1 and (literal != meant or MARK.fullmatch(text))
            self._ids[text] = meant[0].id if is_one else None
            if is_one:
                self._names[meant[0].id] = text
        return self._ids[text]

    def _read(self, prompt: tuple[Segment, ...]) -> tuple[_Token, ...]:
        """The tokens of a prompt whose control tokens there are."""
        content = [
            self._ids[segment.text] if segment.control else segment.text
            for segment in prompt
        ]
        return self._tokenize(content) if content else ()

    def _marks(self, tokens: tuple[_Token, ...]) -> list[str]:
        """The names of the tokens that are no ordinary text."""
        names = ((token, str(token.piece).strip()) for token in tokens)
        return [
            name
            for token, name in names
            if token.id in self._names or MARK.fullmatch(name)
        ]

    def _start(self) -> tuple[int, ...]:
        """What the file wants in front of every text: a beginning-of-text token."""
        if self._begin is None:
            plain = self._tokenize([_PROBE])
            whole = self._tokenize([_PROBE], add_special=True)
            begins = whole[: 1 if whole[:1] != plain[:1] else 0]
            self._begin = tuple(token.id for token in begins)
        return self._begin

    def _tokenize(
        self, content: list[str | int | None], **wishes: bool
    ) -> tuple[_Token, ...]:
        body = {
            "model": self._model,
            "content": content,
            "add_special": False,
            "parse_special": False,
            "with_pieces": True,
            **wishes,
        }
        return self._server.post("/tokenize", body, _Tokens).tokens


def _reason(event: _Event) -> FinishReason:
    if event.stop_type != "limit":
        return FinishReason.STOP
    return FinishReason.CONTEXT_FULL if event.truncated else FinishReason.LENGTH
