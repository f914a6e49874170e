"""The context ledger: what of the model's window is taken, while the user writes.

Tokens are counted by the engine with the model's own vocabulary, and it is disturbed
by none of it (`protocol.Count`). Where there is no model, or one on a server that is to
see nothing before it is sent, or where the engine has no time just now, they are
estimated.
"""

import uuid
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain import moss
from app.domain.attachments import Attachment, written
from app.domain.generation import ModelInfo, Segment, Speaker
from app.domain.ledger import Ledger
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
_MOST_COUNTED: Final = 400_000
"""Characters that are counted however small or large the window."""
_SAMPLED: Final = 20
"""Turns from which is inferred how many tokens a long chat has."""
_PLACEHOLDER: Final = "?"
"""Stands for a question, one token long: chat templates may refuse an empty one."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What stands before the message in the next prompt.

    Attributes:
        prefix: What a chat begins with.
        opening: The same, with the turns that the model sees.
        guess: Tokens that the turns may have, where they are too long to be counted or
            may not be; `opening` is of no matter then.
    """

    prefix: Prompt = ()
    opening: Prompt = ()
    guess: int | None = None


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
    told = options.instruction
    prefix = opening(form, History(()), enabled=tools, told=told)
    exchanges = history.visible
    characters = sum(exchange.length for exchange in exchanges)
    if can_count(model) and characters <= _most_counted(model):
        return Outline(prefix, opening(form, history, enabled=tools, told=told))
    sample = "".join(e.asked + e.answer.text for e in exchanges[-_SAMPLED:])
    share = estimated_tokens(sample) / max(1, len(sample))
    return Outline(prefix, guess=round(characters * share))


def can_count(model: ModelInfo | None) -> bool:
    """Whether the engine may be asked: a server is told nothing that was not sent."""
    return model is not None and not model.server


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
        self._version = 0
        self._text = ""
        self._attachments: tuple[Attachment, ...] = ()
        self._before: tuple[_Item, ...] = ()
        self._files: tuple[_Item, ...] = ()
        self._measured = 0
        self._known: dict[Hashable, int | None] = {}
        self._asked: tuple[Hashable, ...] = ()
        self._question = ""
        self._take_outline()

    @property
    def waits(self) -> bool:
        """Whether a question is out."""
        return bool(self._question)

    def set_model(self, model: ModelInfo | None) -> None:
        """Takes the loaded model; None while there is none."""
        self._model = model
        self._question = ""
        self._measured = 0
        self._known.clear()
        self._take_outline()
        self._files = tuple(map(self._file, self._attachments))
        self.refresh()

    def set_outline(self, outline: Outline) -> None:
        """Takes what stands before the message; the next `refresh` counts it."""
        self._measured = 0
        if outline != self._outline:
            self._outline = outline
            self._take_outline()

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
        missing = {i.key: i.prompt for i in wanted if i.key not in self._known}
        if not missing or self._question or not can_count(self._model):
            self._changed(self.ledger())
            return
        keys = {item.key for item in wanted}
        self._known = {k: count for k, count in self._known.items() if k in keys}
        self._asked, self._question = tuple(missing), uuid.uuid4().hex
        self._engine.send(protocol.Count(self._question, tuple(missing.values())))

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
        wanted = self._wanted()
        blank, begun, opened, turn, *files = map(self._tokens, wanted)
        prefix = begun - (1 if self._form is moss.Form.CHAT else blank)
        measured = self._measured - prefix
        counted = all(self._known.get(item.key) is not None for item in wanted)
        return Ledger(
            prefix=max(0, prefix),
            history=max(opened - begun, self._outline.guess or 0, measured, 0),
            draft=max(0, turn - blank) if self._text.strip() else 0,
            files=tuple(files),
            total=self._model.context if self._model else 0,
            reserved=self._reserved(),
            exact=counted and self._outline.guess is None,
        )

    @property
    def _form(self) -> moss.Form:
        return moss.Form(self._model.form) if self._model else moss.Form.PLUGIN

    def _reserved(self) -> int:
        if self._model is None:
            return 0
        answering = not self._form.has_two_stages
        return Fitting(self._model, answering=answering).answer_room

    def _wanted(self) -> "tuple[_Item, ...]":
        """What the ledger is made of."""
        counted = self._text[: _most_counted(self._model)]
        turn, scale = self._turn(counted), len(self._text) / max(1, len(counted))
        draft = _Item(("draft", self._text), turn, _guess(turn), scale)
        return (*self._before, draft, *self._files)

    def _take_outline(self) -> None:
        """Makes items of what stands before the message."""
        self._version += 1
        before = self._outline
        blank = self._turn(_PLACEHOLDER) if self._form is moss.Form.CHAT else ()
        prefix, opened = self._begun(before.prefix), self._begun(before.opening)
        begun = _Item(("prefix", prefix), prefix, _guess(prefix))
        opening = _Item(("opening", self._version), opened, _guess(opened))
        self._before = (
            _Item("blank", blank, _guess(blank)),
            begun,
            opening if before.guess is None else begun,
        )

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

    def _file(self, attachment: Attachment) -> "_Item":
        block = written("", (attachment,))
        counted = (Segment(block[: _most_counted(self._model)]),)
        scale = len(block) / max(1, len(counted[0].text))
        return _Item(("file", attachment), counted, _guess(counted), scale)

    def _tokens(self, item: "_Item") -> int:
        known = self._known.get(item.key)
        return round((item.guess if known is None else known) * item.scale)


@dataclass(frozen=True, slots=True)
class _Item:
    """Something that is counted.

    Attributes:
        key: Tells it from others.
        prompt: What is counted.
        guess: Tokens that it may have.
        scale: How much longer the whole is of which `prompt` is the beginning.
    """

    key: Hashable
    prompt: Prompt
    guess: int
    scale: float = 1.0


def _guess(prompt: Prompt) -> int:
    return sum(estimated_tokens(segment.text) for segment in prompt)


def _most_counted(model: ModelInfo | None) -> int:
    """Characters of a file or a chat that are counted."""
    context = model.context if model else 0
    return min(max(_FEWEST_COUNTED, _COUNTED_CHARACTERS * context), _MOST_COUNTED)
