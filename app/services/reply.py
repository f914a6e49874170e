"""The reply that is being written: what it answers, its prompt, and what has come."""

from dataclasses import dataclass, field, replace

from app.domain import moss, rounds, tools
from app.domain.calling_reply import CallingParser
from app.domain.command_grammar import command_grammar
from app.domain.conversation import Conversation, Message
from app.domain.generation import (
    FinishReason,
    Grammar,
    Sampling,
    Segment,
    Speaker,
    Usage,
)
from app.domain.tools import Command, Tool, ToolCall
from app.services import tool_rounds
from app.services.history import History
from app.services.second import Second
from app.services.streamed import absorbed


@dataclass(frozen=True, slots=True)
class ReplyOptions:
    """How a reply is to be written.

    Attributes:
        enabled: Tools that may be used.
        sampling: How tokens are chosen.
        pinned: Ids of messages that the model sees however long the chat becomes,
            besides those that say so themselves.
        instruction: What the model is told besides.
        candidates: Versions of the answer to write at the same time, 1 or 2.
    """

    enabled: frozenset[Tool]
    sampling: Sampling
    pinned: frozenset[str] = frozenset()
    instruction: str = ""
    candidates: int = 1


@dataclass(slots=True)
class Reply:
    """One reply on its way through the stages.

    Attributes:
        conversation: The conversation, the user's message included.
        message: The reply as far as it has been saved.
        question: What it answers.
        form: The model's form.
        enabled: Tools that are switched on.
        sampling: How tokens are chosen.
        history: The turns before it.
        opened: The mark for thoughts that the model's prompts end with.
        generation: Id of the generation under way.
        answering: True once the answer itself is written.
        parser: Sorts what the model writes into fields.
        parts: Streamed text that `message` does not hold yet.
        prompt: What `generation` continues.
        usage: What the finished stages cost; None before the first.
        raw: What the model has written in this stage, as it came.
        continued: True while the stage goes on behind `raw`.
        written: Tokens of this stage, while it is continued because the window was
            full; 0 otherwise.
        unsaved: True while the archive cannot take it.
        earlier: Calls of the rounds before this one.
        instruction: What the model is told besides.
        candidates: Versions of the answer that are wanted, 1 or 2.
        second: The other version, once it is being written.
    """

    conversation: Conversation
    message: Message
    question: str
    form: moss.Form
    enabled: frozenset[Tool]
    sampling: Sampling
    history: History
    opened: str = ""
    generation: str = ""
    answering: bool = False
    parser: moss.ReplyParser | CallingParser = field(default_factory=moss.ReplyParser)
    parts: dict[moss.Field, list[str]] = field(default_factory=dict)
    prompt: tuple[Segment, ...] = ()
    usage: Usage | None = None
    raw: list[Segment] = field(default_factory=list)
    continued: bool = False
    written: int = 0
    unsaved: bool = False
    earlier: tuple[ToolCall, ...] = ()
    instruction: str = ""
    candidates: int = 1
    second: Second | None = None

    def make_prompt(self) -> None:
        """Renders what the next stage continues."""
        if self.form is moss.Form.CHAT:
            self._make_messages()
            return
        turns = self.history.turns
        options = moss.PrefixOptions(instruction=self.instruction)
        if self.answering and self.form.has_two_stages:
            turn = moss.Turn(
                self.question,
                thoughts=self.message.thoughts or "None",
                commands=self.message.commands or "None",
                results=tools.results_field(self.message.calls),
            )
            self.prompt = moss.stage_two(turns, turn, self.enabled, options=options)
        else:
            self.prompt = moss.stage_one(
                self.form,
                turns,
                self.question,
                tools=self.enabled,
                options=options,
            )
        if self.continued:
            end = moss.prefix_segments(self.form)
            others = moss.join((*self.prompt[end:], *self.raw))
            self.prompt = (*self.prompt[:end], *others)

    def _make_messages(self) -> None:
        """The same for a model that is not MOSS."""
        chat = tool_rounds.opening(self.history.visible, self.enabled, self.instruction)
        written = moss.join(self.raw) if self.continued else ()
        self.prompt = (
            *chat,
            *tool_rounds.asked(self.question, self.message),
            *(replace(s, speaker=Speaker.ASSISTANT) for s in written),
        )

    def begin_stage(self) -> None:
        """Gets ready for what the model is about to write."""
        if self.continued:
            return
        self.raw.clear()
        self.parser = self._new_parser()
        if self.wants_second:
            self.second = Second.beside(self.message, self._new_parser())

    @property
    def wants_second(self) -> bool:
        """Whether this stage is to be written twice: it has no tools behind it."""
        last = self.answering and (self.form is not moss.Form.CHAT or not self.enabled)
        fresh = self.second is None and not self.continued
        return self.candidates > 1 and last and fresh

    def _new_parser(self) -> moss.ReplyParser | CallingParser:
        if self.form is moss.Form.CHAT:
            return tool_rounds.parser_for(self.message, self.opened, self.enabled)
        return moss.ReplyParser(moss.Field.ANSWER if self.answering else None)

    def continue_stage(self, usage: Usage) -> None:
        """Gets ready to write on: the window was full, but the answer is not."""
        self.continued = True
        self.written += usage.generated_tokens

    def wants_tools(self, reason: FinishReason) -> bool:
        """Whether the stage that ended for this reason has tools behind it."""
        if not self.answering and not self.message.text:
            return True
        called = isinstance(self.parser, CallingParser) and self.parser.commands
        return reason is FinishReason.STOP and bool(called)

    def plan(self) -> tuple[Command, ...]:
        """The commands of this stage that may run; they are part of the message."""
        message = self.message
        if not isinstance(self.parser, CallingParser):
            commands = tools.parse_commands(message.commands)
            return tools.plan_calls(commands, self.enabled)
        self.earlier = message.calls
        planned = rounds.allowed(self.parser.commands, self.earlier)
        self.message = replace(message, commands=rounds.noted(message, planned))
        return planned

    def take_calls(self, calls: tuple[ToolCall, ...]) -> None:
        """Takes this stage's calls as they are now."""
        self.message = replace(self.message, calls=(*self.earlier, *calls))

    def go_on(self) -> None:
        """Gets ready for what follows the results."""
        self.answering, self.continued, self.written = True, False, 0

    @property
    def room(self) -> Sampling:
        """The sampling, with what is left of its longest length."""
        left = self.sampling.max_tokens - self.written
        return replace(self.sampling, max_tokens=left)

    @property
    def grammar(self) -> Grammar | None:
        """What this stage is bound to: MOSS's first one to the enabled tools."""
        return None if self.answering else command_grammar(self.enabled)

    def wrote(self, piece: Segment) -> None:
        """Takes what the model writes, whatever field it belongs to."""
        self.raw.append(piece)

    def add(self, part: moss.Field, text: str) -> None:
        """Takes streamed text."""
        self.parts.setdefault(part, []).append(text)

    def absorb(self) -> None:
        """Moves streamed text into the message."""
        self.message = absorbed(self.message, self.parts)
