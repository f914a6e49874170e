"""The context ledger: what of the model's window is taken, while the user writes.

Tokens are counted by the engine with the model's own vocabulary, and it is disturbed
by none of it (`protocol.Count`). Where there is no model, or one on a server that is to
see nothing before it is sent, or where the engine has no time just now, they are
estimated.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain import moss
from app.domain.attachments import Attachment, written
from app.domain.generation import ModelInfo, Segment, Speaker
from app.domain.token_estimate import estimated_tokens
from app.engine import protocol
from app.services.fitting import Fitting
from app.services.history import History
from app.services.links import EngineLink
from app.services.preparation import opening
from app.services.reply import ReplyOptions
from app.services.tool_rounds import usable

Prompt = tuple[Segment, ...]

_COUNTED_CHARACTERS: Final = 16
"""For each token of the window. What is longer does not fit in any case: the length of
a file is inferred from these, and that of a chat is estimated until turns have been
left out."""
_FEWEST_COUNTED: Final = 8192
"""Characters that are counted however small the window."""
_LEAST_ANSWER: Final = 64
"""Tokens without which a message is not worth sending: an answer of a sentence."""
_PLACEHOLDER: Final = "?"
"""Stands for a question, one token long: chat templates may refuse an empty one."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What stands before the message in the next prompt.

    Attributes:
        prefix: What a chat begins with.
        opening: The same, with the turns that the model sees.
    """

    prefix: Prompt = ()
    opening: Prompt = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Tokens of the window, by what takes them.

    Attributes:
        prefix: Instructions and tools.
        history: The turns that the model sees.
        draft: What is being written.
        files: Each file that goes along.
        total: The window; 0 while no model is there.
        reserved: What is kept free for the answer at least.
        exact: Whether the model's vocabulary has counted all of it.
    """

    prefix: int = 0
    history: int = 0
    draft: int = 0
    files: tuple[int, ...] = ()
    total: int = 0
    reserved: int = 0
    exact: bool = False

    @property
    def used(self) -> int:
        """All that the next prompt takes."""
        return self.prefix + self.history + self.draft + sum(self.files)

    @property
    def room(self) -> int:
        """What is left for the answer."""
        return max(0, self.total - self.used)

    @property
    def left(self) -> int:
        """What the message may still grow by, if all earlier turns go.

        Negative where it takes from what is kept free for the answer.
        """
        taken = self.prefix + self.draft + sum(self.files)
        return self.total - self.reserved - taken

    @property
    def excess(self) -> int:
        """Tokens by which the message is too long, though all earlier turns go.

        It may take from what is kept free for the answer, but not all of it. 0 where
        it fits.
        """
        if not self.total:
            return 0
        return max(0, -self.left - self.reserved + min(self.reserved, _LEAST_ANSWER))

    @property
    def fits(self) -> bool:
        """Whether the message can be sent, if need be with fewer turns before it."""
        return not self.excess

    @property
    def forgets(self) -> bool:
        """Whether earlier turns have to go so that the message fits."""
        return self.history > 0 and self.used > self.total - self.reserved > 0


def outline(
    model: ModelInfo | None, history: History, options: ReplyOptions
) -> Outline:
    """What stands before the next message of a chat.

    Args:
        model: The model; None while there is none.
        history: The chat's turns.
        options: How the reply is to be written.
    """
    form = moss.Form(model.form) if model else moss.Form.PLUGIN
    tools = options.enabled if model is None else usable(model, options.enabled)
    before = (
        opening(form, turns, enabled=tools, told=options.instruction)
        for turns in (History(()), history)
    )
    return Outline(*before)


class LedgerService:
    """Keeps the ledger of the message that is being written.

    One question is out at a time; what changes meanwhile is asked with the next.

    Args:
        engine: The engine process.
        changed: Takes the ledger whenever it may be another one.
    """

    def __init__(self, engine: EngineLink, changed: Callable[[Ledger], None]) -> None:
        self._engine = engine
        self._changed = changed
        self._model: ModelInfo | None = None
        self._outline = Outline()
        self._text = ""
        self._attachments: tuple[Attachment, ...] = ()
        self._files: tuple[_File, ...] = ()
        self._measured = 0
        self._known: dict[Prompt, int | None] = {}
        self._asked: tuple[Prompt, ...] = ()
        self._question = ""

    @property
    def waits(self) -> bool:
        """Whether a question is out."""
        return bool(self._question)

    def set_model(self, model: ModelInfo | None) -> None:
        """Takes the loaded model; None while there is none."""
        self._model = model
        self._files = tuple(map(self._file, self._attachments))
        self._known.clear()
        self._question = ""
        self._measured = 0
        self.refresh()

    def set_outline(self, outline: Outline) -> None:
        """Takes what stands before the message; the next `refresh` counts it."""
        self._outline = outline
        self._measured = 0

    def set_draft(self, text: str, attachments: Sequence[Attachment]) -> None:
        """Takes what is being written; the next `refresh` counts it."""
        self._text = text
        if tuple(attachments) != self._attachments:
            self._attachments = tuple(attachments)
            self._files = tuple(map(self._file, self._attachments))

    def measured(self, used: int) -> None:
        """Takes how long the prompt is whose reply is being written."""
        self._measured = used
        self._changed(self.ledger())

    def refresh(self) -> None:
        """Has what is not known counted.

        What is asked already and not answered yet is estimated meanwhile: the engine
        may be reading a long prompt.
        """
        wanted = self._wanted()
        missing = tuple(
            prompt
            for prompt in dict.fromkeys(wanted)
            if prompt not in self._known and _characters(prompt) <= self._most
        )
        if not missing or self._question or not self._can_ask:
            self._changed(self.ledger())
            return
        self._known = {p: self._known[p] for p in wanted if p in self._known}
        self._asked, self._question = missing, uuid.uuid4().hex
        self._engine.send(protocol.Count(self._question, missing))

    def engine_event(self, event: protocol.Event) -> None:
        """Takes an event; only answers to its own questions matter."""
        match event:
            case protocol.Counted() if event.id == self._question:
                self._known.update(zip(self._asked, event.counts, strict=True))
            case protocol.Failed() if event.id == self._question:
                self._known.update(dict.fromkeys(self._asked))
            case _:
                return
        self._question = ""
        self.refresh()

    def ledger(self) -> Ledger:
        """As far as it is known; the rest is estimated."""
        blank, begun, opened, turn, *files = map(self._tokens, self._wanted())
        prefix = begun - (1 if self._form is moss.Form.CHAT else blank)
        inferred = (
            tokens * file.characters // max(1, _characters(file.counted))
            for file, tokens in zip(self._files, files, strict=True)
        )
        return Ledger(
            prefix=max(0, prefix),
            history=max(0, opened - begun, self._measured - prefix),
            draft=max(0, turn - blank) if self._text.strip() else 0,
            files=tuple(inferred),
            total=self._model.context if self._model else 0,
            reserved=self._reserved(),
            exact=all(self._known.get(prompt) is not None for prompt in self._wanted()),
        )

    @property
    def _can_ask(self) -> bool:
        return self._model is not None and not self._model.server

    @property
    def _form(self) -> moss.Form:
        return moss.Form(self._model.form) if self._model else moss.Form.PLUGIN

    def _reserved(self) -> int:
        if self._model is None:
            return 0
        answering = not self._form.has_two_stages
        return Fitting(self._model, answering=answering).answer_room

    def _wanted(self) -> list[Prompt]:
        """What the ledger is made of."""
        blank = self._turn(_PLACEHOLDER) if self._form is moss.Form.CHAT else ()
        return [
            blank,
            self._begun(self._outline.prefix),
            self._begun(self._outline.opening),
            self._turn(self._text),
            *(file.counted for file in self._files),
        ]

    def _turn(self, text: str) -> Prompt:
        """The user's turn alone."""
        match self._form:
            case moss.Form.CHAT:
                return (Segment(text or _PLACEHOLDER, speaker=Speaker.USER),)
            case moss.Form.BASE:
                return (Segment(text),) if text else ()
            case form:
                return moss.join(moss.asked(form, text))

    def _begun(self, prompt: Prompt) -> Prompt:
        """A beginning as it can be counted: chat templates want a question behind."""
        is_chat = self._form is moss.Form.CHAT
        return (*prompt, *self._turn(_PLACEHOLDER)) if is_chat else prompt

    @property
    def _most(self) -> int:
        """Characters of a prompt that is counted."""
        context = self._model.context if self._model else 0
        return max(_FEWEST_COUNTED, _COUNTED_CHARACTERS * context)

    def _file(self, attachment: Attachment) -> "_File":
        block = written("", (attachment,))
        return _File((Segment(block[: self._most]),), len(block))

    def _tokens(self, prompt: Prompt) -> int:
        known = self._known.get(prompt)
        if known is not None:
            return known
        return sum(estimated_tokens(segment.text) for segment in prompt)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that goes along: what is counted of it, and how long all of it is."""

    counted: Prompt
    characters: int


def _characters(prompt: Prompt) -> int:
    return sum(segment.characters for segment in prompt)
