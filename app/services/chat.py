"""Answering a message: prompt, inner thoughts, tools, answer, every step saved.

One reply is written at a time. `ChatService` is a state machine that the front end
drives with what the user wants, what the engine reports and what tools answer; it
reports through a `ChatObserver` and keeps the archive up to date while text streams.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Protocol, assert_never

from app.domain import moss, tools
from app.domain.conversation import (
    Conversation,
    Message,
    MessageState,
    Role,
    title_from,
)
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import (
    FinishReason,
    ModelInfo,
    Sampling,
    Segment,
    StopRule,
    Usage,
)
from app.domain.tools import Tool, ToolCall, ToolFailure, ToolState
from app.engine import protocol
from app.services.history import turns_of
from app.services.links import Archive, Clock, EngineLink, ToolLink
from app.store.conversations import Loaded

_ANSWER_ROOM = 512
"""Tokens kept free for the reply, less in a window under four times as large."""


class ChatState(Enum):
    """What the chat is doing."""

    IDLE = auto()
    FITTING = auto()
    THINKING = auto()
    USING_TOOLS = auto()
    ANSWERING = auto()
    STOPPING = auto()


@dataclass(frozen=True, slots=True)
class StreamedText:
    """Text that was added at the end of one part of a message."""

    conversation: str
    message: str
    part: moss.Field
    text: str


class ChatObserver(Protocol):
    """Whoever shows the chat."""

    def chat_state_changed(self, state: ChatState) -> None:
        """The chat does something else now."""

    def message_changed(self, conversation_id: str, message: Message) -> None:
        """A message is new, or more than streamed text changed in it."""

    def text_streamed(self, piece: StreamedText) -> None:
        """Text was added at the end of one part of a message."""

    def context_measured(self, used: int, total: int) -> None:
        """A prompt takes `used` of the window's `total` tokens."""

    def conversations_changed(self) -> None:
        """A chat was added or renamed, or its place in the list changed."""

    def chat_failed(self, error: UserError) -> None:
        """A reply could not be written; what there was of it is kept."""


@dataclass(slots=True)
class _Reply:
    """The reply that is being written.

    Attributes:
        conversation: The conversation, the user's message included.
        message: The reply as far as it has been saved.
        question: What it answers.
        form: The model's form.
        enabled: Tools that are switched on.
        sampling: How tokens are chosen.
        generation: Id of the generation under way.
        answering: True once the second stage has begun.
        parser: Sorts what the model writes into fields.
        parts: Streamed text that `message` does not hold yet.
        prompt: What `generation` continues.
        usage: What the finished stages cost.
        unsaved: True while the archive cannot take it.
    """

    conversation: Conversation
    message: Message
    question: str
    form: moss.Form
    enabled: frozenset[Tool]
    sampling: Sampling
    generation: str = ""
    answering: bool = False
    parser: moss.ReplyParser = field(default_factory=moss.ReplyParser)
    parts: dict[moss.Field, list[str]] = field(default_factory=dict)
    prompt: tuple[Segment, ...] = ()
    usage: Usage = field(default_factory=Usage)
    unsaved: bool = False


class ChatService:
    """Writes replies.

    Args:
        engine: The engine process.
        tools: Where tools run.
        archive: Where messages are kept.
        observer: Whoever shows the chat.
        clock: Tells the time, in UTC.
    """

    def __init__(
        self,
        *,
        engine: EngineLink,
        tools: ToolLink,
        archive: Archive,
        observer: ChatObserver,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._tools = tools
        self._archive = archive
        self._observer = observer
        self._clock = clock
        self._model: ModelInfo | None = None
        self._state = ChatState.IDLE
        self._reply: _Reply | None = None
        self._first_turn: dict[str, int] = {}

    @property
    def state(self) -> ChatState:
        """What the chat is doing."""
        return self._state

    @property
    def active_conversation(self) -> str | None:
        """The conversation that a reply is being written in."""
        return self._reply.conversation.id if self._reply else None

    def set_model(self, model: ModelInfo | None) -> None:
        """Takes the loaded model; None while there is none."""
        self._model = model
        self._first_turn.clear()

    def open(self, conversation_id: str) -> Loaded:
        """The conversation as it stands, text that is streaming included.

        Raises:
            UserError: CHAT_NOT_FOUND, or the archive cannot be read.
        """
        reply = self._reply
        if reply is not None and reply.conversation.id == conversation_id:
            self.flush()
            return Loaded(reply.conversation.with_message(reply.message))
        loaded = self._archive.load(conversation_id)
        if loaded is None:
            raise UserError(ErrorCode.CHAT_NOT_FOUND)
        return loaded

    def send(
        self,
        conversation_id: str | None,
        text: str,
        *,
        enabled: Collection[Tool],
        sampling: Sampling,
    ) -> str:
        """Adds a message and begins to answer it.

        Args:
            conversation_id: The chat; None begins a new one.
            text: What the user wrote.
            enabled: Tools that may be used.
            sampling: How tokens are chosen.

        Returns:
            The id of the conversation.

        Raises:
            UserError: BUSY while another reply is written, MODEL_NOT_LOADED,
                MODEL_UNSUPPORTED, CHAT_NOT_FOUND, or what the archive raises; the
                message is not added then.
        """
        if self._reply is not None:
            raise UserError(ErrorCode.BUSY)
        if self._model is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        if self._model.form not in tuple(moss.Form):
            raise UserError(ErrorCode.MODEL_UNSUPPORTED, self._model.name)
        if conversation_id is None:
            conversation = Conversation(uuid.uuid4().hex, title_from([text]))
            self._archive.create(conversation.id, conversation.title, self._clock())
        else:
            conversation = self.open(conversation_id).conversation
        question = self._new_message(Role.USER, text, parent=conversation.leaf)
        self._archive.save_message(conversation.id, question)
        self._observer.message_changed(conversation.id, question)
        conversation = conversation.with_message(question)
        self._observer.conversations_changed()
        reply = replace(
            self._new_message(Role.ASSISTANT, "", parent=question.id),
            state=MessageState.STREAMING,
            model=self._model.name,
        )
        self._reply = _Reply(
            conversation=conversation,
            message=reply,
            question=text,
            form=moss.Form(self._model.form),
            enabled=frozenset(enabled),
            sampling=sampling,
        )
        self._announce(self._reply)
        self._fit()
        return conversation.id

    def stop(self) -> None:
        """Ends the reply; what was written is kept."""
        match self._state:
            case ChatState.IDLE | ChatState.STOPPING:
                return
            case ChatState.FITTING:
                self._finish(MessageState.STOPPED)
            case ChatState.USING_TOOLS:
                self._tools.cancel()
                self._finish(MessageState.STOPPED)
            case ChatState.THINKING | ChatState.ANSWERING:
                if self._reply is not None:
                    self._set_state(ChatState.STOPPING)
                    self._engine.send(protocol.Stop(self._reply.generation))
            case _:
                assert_never(self._state)

    def flush(self) -> None:
        """Saves what has streamed in since the last time.

        The front end calls it at least every 300 milliseconds while text streams.
        """
        reply = self._reply
        if reply is None or not reply.parts:
            return
        self._absorb(reply)
        self._keep(reply)

    def engine_event(self, event: protocol.Event) -> None:
        """Takes an event; those of other generations are ignored."""
        reply = self._reply
        if reply is None:
            return
        match event:
            case protocol.Tokenized() if event.id == reply.generation:
                self._fitted(reply, len(event.tokens))
            case protocol.TextDelta() if event.id == reply.generation:
                for part, text in reply.parser.text(event.text):
                    self._stream(reply, part, text)
            case protocol.ControlToken() if event.id == reply.generation:
                reply.parser.control()
            case protocol.Finished() if event.id == reply.generation:
                reply.usage += event.usage
                self._stage_finished(reply, event.reason)
            case protocol.Failed() if event.id == reply.generation:
                self._fail(UserError(event.code, event.detail))
            case _:
                pass

    def engine_lost(self) -> None:
        """The engine is gone: the partial reply is kept as interrupted."""
        self.set_model(None)
        if self._reply is not None:
            if self._state is ChatState.USING_TOOLS:
                self._tools.cancel()
            self._finish(MessageState.INTERRUPTED)

    def tool_finished(self, call: ToolCall) -> None:
        """Takes the answer of the tool that `ToolLink.start` began."""
        reply = self._reply
        if reply is None or self._state is not ChatState.USING_TOOLS:
            return
        calls = list(reply.message.calls)
        running = _index(calls, ToolState.RUNNING)
        if running is None or calls[running].command != call.command:
            return
        calls[running] = call
        self._update(reply, calls=tuple(calls))
        self._next_tool(reply)

    # -- one stage after the other ---------------------------------------------------

    def _fit(self) -> None:
        """Asks how long the prompt is, dropping whole oldest turns until it fits."""
        reply = self._reply
        if reply is None:
            return
        conversation = reply.conversation
        history = turns_of(conversation.path()[:-1])
        history = history[self._first_turn.get(conversation.id, 0) :]
        if reply.answering:
            turn = moss.Turn(
                reply.question,
                thoughts=reply.message.thoughts or "None",
                commands=reply.message.commands or "None",
                results=tools.results_field(reply.message.calls),
            )
            reply.prompt = moss.stage_two(history, turn, reply.enabled)
        else:
            reply.prompt = moss.stage_one(
                reply.form, history, reply.question, tools=reply.enabled
            )
        reply.generation = uuid.uuid4().hex
        self._set_state(ChatState.FITTING)
        self._engine.send(protocol.Tokenize(reply.generation, reply.prompt))

    def _fitted(self, reply: _Reply, tokens: int) -> None:
        """Begins to generate, or drops a turn."""
        model = self._model
        if model is None or self._state is not ChatState.FITTING:
            return
        room = min(_ANSWER_ROOM, model.context // 4)
        conversation = reply.conversation
        turns = len(turns_of(conversation.path()[:-1]))
        first = self._first_turn.get(conversation.id, 0)
        if tokens + room > model.context and first < turns:
            self._first_turn[conversation.id] = first + 1
            self._fit()
            return
        self._observer.context_measured(tokens, model.context)
        single = reply.form is not moss.Form.PLUGIN
        answering = reply.answering or single
        reply.parser = moss.ReplyParser(moss.Field.ANSWER if answering else None)
        self._set_state(ChatState.ANSWERING if answering else ChatState.THINKING)
        self._engine.send(
            protocol.Generate(
                id=reply.generation,
                prompt=reply.prompt,
                sampling=reply.sampling,
                stop=self._stop_rules(reply),
            )
        )

    @staticmethod
    def _stop_rules(reply: _Reply) -> tuple[StopRule, ...]:
        return moss.stop_rules(reply.form, answering=reply.answering)

    def _stage_finished(self, reply: _Reply, reason: FinishReason) -> None:
        self._absorb(reply)
        if reason is FinishReason.CANCELLED:
            self._finish(MessageState.STOPPED)
        elif reply.answering or reply.form is not moss.Form.PLUGIN:
            self._finish(MessageState.COMPLETE)
        elif reply.message.text:
            # The model answered within the first stage; there is nothing to add.
            self._finish(MessageState.COMPLETE)
        else:
            self._plan_tools(reply)

    def _plan_tools(self, reply: _Reply) -> None:
        commands = tools.parse_commands(reply.message.commands)
        planned = tools.plan_calls(commands, reply.enabled)
        self._update(reply, calls=tuple(ToolCall(command) for command in planned))
        self._set_state(ChatState.USING_TOOLS)
        self._next_tool(reply)

    def _next_tool(self, reply: _Reply) -> None:
        calls = list(reply.message.calls)
        waiting = _index(calls, ToolState.WAITING)
        if waiting is None:
            reply.answering = True
            self._fit()
            return
        calls[waiting] = replace(calls[waiting], state=ToolState.RUNNING)
        self._update(reply, calls=tuple(calls))
        self._tools.start(calls[waiting].command)

    def _fail(self, error: UserError) -> None:
        self._finish(MessageState.INTERRUPTED)
        self._observer.chat_failed(error)

    def _finish(self, state: MessageState) -> None:
        reply = self._reply
        if reply is None:
            return
        self._absorb(reply)
        calls = tuple(
            ToolCall.failed(call.command, ToolFailure.CANCELLED)
            if call.state in (ToolState.WAITING, ToolState.RUNNING)
            else call
            for call in reply.message.calls
        )
        self._update(reply, state=state, usage=reply.usage, calls=calls)
        self._reply = None
        self._set_state(ChatState.IDLE)
        self._observer.conversations_changed()

    # -- keeping and telling ---------------------------------------------------------

    def _stream(self, reply: _Reply, part: moss.Field, text: str) -> None:
        reply.parts.setdefault(part, []).append(text)
        self._observer.text_streamed(
            StreamedText(reply.conversation.id, reply.message.id, part, text)
        )

    def _absorb(self, reply: _Reply) -> None:
        """Moves streamed text into the message."""
        added = {part: "".join(pieces) for part, pieces in reply.parts.items()}
        reply.parts.clear()
        message = reply.message
        reply.message = replace(
            message,
            text=message.text + added.get(moss.Field.ANSWER, ""),
            thoughts=message.thoughts + added.get(moss.Field.THOUGHTS, ""),
            commands=message.commands + added.get(moss.Field.COMMANDS, ""),
        )

    def _update(
        self,
        reply: _Reply,
        *,
        calls: tuple[ToolCall, ...],
        state: MessageState | None = None,
        usage: Usage | None = None,
    ) -> None:
        reply.message = replace(
            reply.message,
            calls=calls,
            state=state or reply.message.state,
            usage=usage or reply.message.usage,
        )
        self._announce(reply)

    def _announce(self, reply: _Reply) -> None:
        self._keep(reply)
        self._observer.message_changed(reply.conversation.id, reply.message)

    def _keep(self, reply: _Reply) -> None:
        """Saves the reply; a full disk is said once and does not end the reply."""
        try:
            self._archive.save_message(reply.conversation.id, reply.message)
        except UserError as error:
            if not reply.unsaved:
                self._observer.chat_failed(error)
            reply.unsaved = True
        else:
            reply.unsaved = False

    def _new_message(self, role: Role, text: str, *, parent: str | None) -> Message:
        return Message(uuid.uuid4().hex, parent, role, text, self._clock())

    def _set_state(self, state: ChatState) -> None:
        if state is not self._state:
            self._state = state
            self._observer.chat_state_changed(state)


def _index(calls: list[ToolCall], state: ToolState) -> int | None:
    return next((i for i, call in enumerate(calls) if call.state is state), None)
