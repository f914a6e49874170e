"""The reply that is being written: what it answers, its prompt, and what has come."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.domain import moss, tools
from app.domain.conversation import Conversation, Message
from app.domain.generation import Sampling, Segment, Usage
from app.domain.tools import Tool
from app.services.history import turns_of


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
        history: The turns before it that the model sees, oldest first.
        generation: Id of the generation under way.
        answering: True once the answer itself is written.
        parser: Sorts what the model writes into fields.
        parts: Streamed text that `message` does not hold yet.
        prompt: What `generation` continues.
        usage: What the finished stages cost; None before the first.
        unsaved: True while the archive cannot take it.
    """

    conversation: Conversation
    message: Message
    question: str
    form: moss.Form
    enabled: frozenset[Tool]
    sampling: Sampling
    history: Sequence[moss.Turn] = ()
    generation: str = ""
    answering: bool = False
    parser: moss.ReplyParser = field(default_factory=moss.ReplyParser)
    parts: dict[moss.Field, list[str]] = field(default_factory=dict)
    prompt: tuple[Segment, ...] = ()
    usage: Usage | None = None
    unsaved: bool = False

    @property
    def has_two_stages(self) -> bool:
        """Whether the model thinks and uses tools before it answers."""
        return self.form is moss.Form.PLUGIN

    def earlier_turns(self) -> tuple[moss.Turn, ...]:
        """All turns of the conversation before this one."""
        return turns_of(self.conversation.path()[:-1])

    def make_prompt(self) -> None:
        """Renders what the next stage continues."""
        if self.answering and self.has_two_stages:
            turn = moss.Turn(
                self.question,
                thoughts=self.message.thoughts or "None",
                commands=self.message.commands or "None",
                results=tools.results_field(self.message.calls),
            )
            self.prompt = moss.stage_two(self.history, turn, self.enabled)
        else:
            self.prompt = moss.stage_one(
                self.form, self.history, self.question, tools=self.enabled
            )

    def begin_stage(self) -> None:
        """Gets ready for what the model is about to write."""
        self.parser = moss.ReplyParser(moss.Field.ANSWER if self.answering else None)

    def drop_turns(self, tokens: int, wanted: int) -> bool:
        """Leaves out whole oldest turns so that the prompt becomes shorter.

        Args:
            tokens: How long the prompt is.
            wanted: How long it may be.

        Returns:
            False when there is no turn left to drop.
        """
        if not self.history:
            return False
        most = self._characters() * wanted // tokens
        while self.history and self._characters() > most:
            self.history = self.history[1:]
            self.make_prompt()
        return True

    def _characters(self) -> int:
        return sum(len(segment.text) for segment in self.prompt)

    def add(self, part: moss.Field, text: str) -> None:
        """Takes streamed text."""
        self.parts.setdefault(part, []).append(text)

    def absorb(self) -> None:
        """Moves streamed text into the message."""
        added = {part: "".join(pieces) for part, pieces in self.parts.items()}
        self.parts.clear()
        message = self.message
        self.message = replace(
            message,
            text=message.text + added.get(moss.Field.ANSWER, ""),
            thoughts=message.thoughts + added.get(moss.Field.THOUGHTS, ""),
            commands=message.commands + added.get(moss.Field.COMMANDS, ""),
        )
