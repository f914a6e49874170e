"""Answering a message: prompt, inner thoughts, tools, answer, every step saved.

One reply is written at a time. `ChatService` is a state machine that the front end
drives with what the user wants, what the engine reports and what tools answer; it
reports through a `ChatObserver` and keeps the archive up to date while text streams.
What happens to commands between the two stages is `tool_stage`'s business.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from app.domain import moss
from app.domain.conversation import (
    Conversation,
    Message,
    MessageState,
    Role,
    title_from,
)
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, ModelInfo, Sampling, Segment
from app.domain.permissions import Consent
from app.domain.tools import Tool, ToolCall
from app.engine import protocol
from app.plugins.messages import Progress, Requested
from app.services.fitting import Fitting
from app.services.history import History, exchanges_of
from app.services.links import Archive, Clock, EngineLink
from app.services.observers import ChatObserver, ChatState, StreamedText
from app.services.preparation import Preparation
from app.services.provenance import Hashes, provenance_of, unknown
from app.services.reply import Reply, ReplyOptions
from app.services.resuming import lacks_results, take_up
from app.services.tool_desk import ToolDesk
from app.services.tool_rounds import usable
from app.services.tool_stage import ToolStage
from app.services.unsaved import Unsaved
from app.store.conversations import Loaded


class ChatService:
    """Writes replies.

    Args:
        engine: The engine process.
        tools: Where commands are handed in.
        archive: Where messages are kept.
        observer: Whoever shows the chat.
        clock: Tells the time, in UTC.
        hashes: Knows the hashes of model files.

    Attributes:
        unsaved: Replies that the archive could not take yet.
    """

    def __init__(
        self,
        *,
        engine: EngineLink,
        tools: ToolDesk,
        archive: Archive,
        observer: ChatObserver,
        clock: Clock,
        hashes: Hashes = unknown,
    ) -> None:
        self._engine = engine
        self._hashes = hashes
        self._tools = tools
        self._archive = archive
        self.unsaved: Final = Unsaved(archive)
        self._observer = observer
        self._clock = clock
        self._model: ModelInfo | None = None
        self._engine_name = ""
        self._state = ChatState.IDLE
        self._reply: Reply | None = None
        self._stage: ToolStage | None = None
        self._preparation: Preparation | None = None
        self._dropped: dict[str, set[str]] = {}

    @property
    def state(self) -> ChatState:
        """What the chat is doing."""
        return self._state

    @property
    def active_conversation(self) -> str | None:
        """The conversation that a reply is being written in."""
        return self._reply.conversation.id if self._reply else None

    @property
    def generation(self) -> str | None:
        """Id of what the engine is asked for just now."""
        return self._reply.generation if self._reply else None

    @property
    def form(self) -> moss.Form:
        """The loaded model's form; MOSS's own while there is none."""
        return moss.Form.PLUGIN if self._model is None else moss.Form(self._model.form)

    def set_model(self, model: ModelInfo | None) -> None:
        """Takes the loaded model; None while there is none."""
        self._model = model
        self._preparation = None
        self._dropped.clear()

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
        return replace(loaded, conversation=self.unsaved.added_to(loaded.conversation))

    def send(
        self,
        conversation_id: str | None,
        text: str,
        *,
        enabled: Collection[Tool],
        sampling: Sampling,
        pinned: Collection[str] = (),
    ) -> str:
        """Adds a message and begins to answer it.

        Args:
            conversation_id: The chat; None begins a new one.
            text: What the user wrote.
            enabled: Tools that may be used.
            sampling: How tokens are chosen.
            pinned: Ids of messages that the model sees however long the chat becomes.

        Returns:
            The id of the conversation.

        Raises:
            UserError: BUSY while another reply is written, MODEL_NOT_LOADED,
                MODEL_UNSUPPORTED, CHAT_NOT_FOUND, or what the archive raises; the
                message is not added then.
        """
        self._ready_model()
        # A terminal hands undecodable bytes on as half characters.
        text = text.encode("utf-8", "replace").decode()
        options = ReplyOptions(frozenset(enabled), sampling, frozenset(pinned))
        if conversation_id is None:
            return self._ask_first(text, options)
        self.ask(self.open(conversation_id).conversation, text, options)
        return conversation_id

    def ask(self, conversation: Conversation, text: str, options: ReplyOptions) -> None:
        """Adds a message behind a conversation's leaf and begins to answer it.

        Raises:
            UserError: As `send`; the message is not added then.
        """
        self._ready_model()
        self.unsaved.save()
        question = self._new_message(Role.USER, text, parent=conversation.leaf)
        self._archive.save_message(conversation.id, question)
        self._observer.message_changed(conversation.id, question)
        self.answer(conversation.with_message(question), options)

    def _ask_first(self, text: str, options: ReplyOptions) -> str:
        """Begins a chat together with its first message; returns its id."""
        question = self._new_message(Role.USER, text, parent=None)
        begun = Conversation(uuid.uuid4().hex, title_from([text]))
        begun = begun.with_message(question)
        self._archive.add(begun, question.created)
        self._observer.message_changed(begun.id, question)
        self.answer(begun, options)
        return begun.id

    def answer(self, conversation: Conversation, options: ReplyOptions) -> None:
        """Begins another answer to a conversation's leaf, a user's message.

        Raises:
            UserError: As `send`.
        """
        self._ready_model()
        message = self._new_message(Role.ASSISTANT, "", parent=conversation.leaf)
        reply = self._begin(conversation, message, options)
        self._announce(reply)
        self._fit(reply)

    def resume(self, conversation: Conversation, options: ReplyOptions) -> None:
        """Writes a conversation's leaf on, a reply that has ended too early.

        Raises:
            UserError: As `send`.
        """
        self._ready_model()
        message = conversation.path()[-1]
        asked = replace(conversation, leaf=message.parent)
        reply = self._begin(asked, message, options)
        take_up(reply)
        self._announce(reply)
        if reply.form.has_two_stages and lacks_results(message):
            self._plan_tools(reply)
        else:
            self._fit(reply)

    def note(self, conversation_id: str, message: Message) -> None:
        """Keeps what is said about a message: pin, feedback.

        Raises:
            UserError: BUSY while it is written, or what the archive raises.
        """
        reply = self._reply
        if reply is not None and reply.message.id == message.id:
            raise UserError(ErrorCode.BUSY)
        self._archive.note(message)
        if reply is not None and reply.conversation.id == conversation_id:
            messages = {**reply.conversation.messages, message.id: message}
            reply.conversation = replace(reply.conversation, messages=messages)
        self._observer.message_changed(conversation_id, message)

    def prepare(
        self,
        conversation_id: str | None,
        *,
        enabled: Collection[Tool],
        pinned: Collection[str] = (),
    ) -> None:
        """Has the engine get ready for the next message of a chat.

        While a reply is written, or no model is there, nothing happens. Nor does it
        with a model on a server: it is sent what the user sends, and nothing before.

        Args:
            conversation_id: The chat; None for one that has not begun.
            enabled: Tools that will probably be used.
            pinned: Ids of messages that the model sees however long the chat becomes.

        Raises:
            UserError: CHAT_NOT_FOUND, or the archive cannot be read.
        """
        model = self._model
        if self._reply is not None or model is None:
            return
        if model.server or not _is_known(model):
            return
        conversation = Conversation("")
        if conversation_id is not None:
            conversation = self.open(conversation_id).conversation
        self._preparation = Preparation(
            conversation.id,
            self._history(conversation, pinned),
            model=model,
            enabled=enabled,
            engine=self._engine,
        )
        self._preparation.begin()

    def stop(self) -> None:
        """Ends the reply at once; what was written is kept."""
        match self._state:
            case ChatState.FITTING | ChatState.THINKING | ChatState.ANSWERING:
                if self._reply is not None:
                    self._engine.send(protocol.Stop(self._reply.generation))
            case _:
                pass
        self._finish(MessageState.STOPPED)

    def flush(self) -> None:
        """Saves what has streamed in since the last time.

        The front end calls it at least every 300 milliseconds while text streams.
        """
        reply = self._reply
        if reply is not None and reply.parts:
            reply.absorb()
            self._keep(reply)

    def engine_event(self, event: protocol.Event) -> None:
        """Takes an event; those of other generations are ignored."""
        if isinstance(event, protocol.Hello):
            self._engine_name = event.engine
        reply = self._reply
        if reply is None:
            if self._preparation is not None:
                self._preparation.engine_event(event)
            return
        match event:
            case protocol.Tokenized() if event.id == reply.generation:
                self._fitted(reply, event)
            case protocol.TextDelta() if event.id == reply.generation:
                reply.wrote(Segment(event.text))
                self._stream(reply, reply.parser.text(event.text))
            case protocol.ControlToken() if event.id == reply.generation:
                reply.wrote(Segment(event.token, control=True))
                self._stream(reply, reply.parser.control(event.token))
            case protocol.Finished() if event.id == reply.generation:
                self._stage_finished(reply, event)
            case protocol.Failed() if event.id == reply.generation:
                self._failed(reply, UserError(event.code, event.detail))
            case _:
                pass

    def engine_lost(self) -> None:
        """The engine is gone: the partial reply is kept as interrupted."""
        self.set_model(None)
        self._finish(MessageState.INTERRUPTED)

    def tool_finished(self, call: ToolCall) -> None:
        """Takes the answer of the tool that `ToolLink.start` began."""
        if self._stage is not None:
            self._stage.finished(call)
            self._go_on()

    def tool_noted(self, name: str, note: Progress | Requested) -> None:
        """Takes what a tool says on its way."""
        if isinstance(note, Requested):
            self._tools.note_request(name, note)
        elif self._stage is not None:
            self._stage.progressed(note)

    def skip_tool(self) -> None:
        """Gives up what a tool does just now; the answer is written without it."""
        if self._stage is not None:
            self._stage.skip()
            self._go_on()

    def consent(self, answer: Consent) -> None:
        """Takes the user's answer to a tool that asks whether it may run."""
        if self._stage is None:
            return
        try:
            self._stage.consent(answer)
        except UserError as error:
            self._observer.chat_failed(error)
        self._go_on()

    # -- one stage after the other ---------------------------------------------------

    def _ready_model(self) -> ModelInfo:
        """The model that can answer now."""
        if self._reply is not None:
            raise UserError(ErrorCode.BUSY)
        if self._model is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        if not _is_known(self._model):
            raise UserError(ErrorCode.MODEL_UNSUPPORTED, self._model.name)
        return self._model

    def _begin(
        self, conversation: Conversation, message: Message, options: ReplyOptions
    ) -> Reply:
        """Makes the reply to a conversation's leaf the one that is being written."""
        model = self._ready_model()
        path = conversation.path()
        form = moss.Form(model.form)
        self._preparation = None
        reply = self._reply = Reply(
            conversation=conversation,
            message=replace(
                message,
                state=MessageState.STREAMING,
                model=model.name,
                provenance=provenance_of(
                    model, options, engine=self._engine_name, hashes=self._hashes
                ),
            ),
            question=path[-1].text if path else "",
            form=form,
            enabled=usable(model, options.enabled),
            sampling=options.sampling,
            history=self._history(conversation, options.pinned),
            opened=model.opened_thoughts,
            answering=not form.has_two_stages,
            usage=message.usage,
        )
        self._observer.conversations_changed()
        return reply

    def _history(self, conversation: Conversation, pinned: Collection[str]) -> History:
        """The turns of a conversation; which were left out is remembered."""
        path = conversation.path()
        return History(
            exchanges_of(path),
            pinned=frozenset(pinned) | {m.id for m in path if m.pinned},
            dropped=self._dropped.setdefault(conversation.id, set()),
        )

    def _fit(self, reply: Reply) -> None:
        """Asks how long the prompt is."""
        model = self._model
        if model is None:
            return
        reply.make_prompt()
        reply.generation = uuid.uuid4().hex
        self._set_state(ChatState.FITTING)
        fitting = Fitting(model, answering=reply.answering)
        self._engine.send(fitting.question(reply.generation, reply.prompt))

    def _fitted(self, reply: Reply, answer: protocol.Tokenized) -> None:
        """Begins to generate, or drops turns and asks again."""
        model = self._model
        if model is None or self._state is not ChatState.FITTING:
            return
        fitting = Fitting(model, answering=reply.answering)
        if not fitting.fits(answer):
            if fitting.shorten(reply.history, reply.prompt, answer):
                self._fit(reply)
                return
            if reply.continued:
                self._finish(MessageState.CUT)
                return
        self._observer.context_measured(len(answer.tokens), model.context)
        reply.begin_stage()
        self._set_state(ChatState.ANSWERING if reply.answering else ChatState.THINKING)
        if self._reply is not reply:
            return  # whoever was told of it has stopped the reply
        self._engine.send(
            protocol.Generate(
                id=reply.generation,
                prompt=reply.prompt,
                sampling=reply.room,
                stop=moss.stop_rules(reply.form, answering=reply.answering),
                prefix_segments=moss.prefix_segments(reply.form),
                chat=reply.conversation.id,
                shift=bool(reply.history.dropped),
                grammar=reply.grammar,
            )
        )

    def _failed(self, reply: Reply, error: UserError) -> None:
        """Ends the reply, unless it was too long even to be counted and need not be."""
        too_long = error.code is ErrorCode.PROMPT_TOO_LONG
        counting = self._state is ChatState.FITTING
        if too_long and counting and reply.history.drop_longest():
            self._fit(reply)
            return
        self._finish(MessageState.INTERRUPTED)
        self._observer.chat_failed(error)

    def _stage_finished(self, reply: Reply, event: protocol.Finished) -> None:
        reply.absorb()
        usage = event.usage
        reply.usage = usage if reply.usage is None else reply.usage + usage
        if event.reason is FinishReason.CANCELLED:
            self._finish(MessageState.STOPPED)
        elif reply.wants_tools(event.reason):
            self._plan_tools(reply)
        elif event.reason is FinishReason.STOP:
            self._finish(MessageState.COMPLETE)
        elif event.reason is FinishReason.CONTEXT_FULL and reply.history.visible:
            # The chat grew too long in the middle of an answer: it is written on
            # with fewer of the turns before it.
            reply.continue_stage(usage)
            self._fit(reply)
        else:
            self._finish(MessageState.CUT)

    def _plan_tools(self, reply: Reply) -> None:
        self._stage = ToolStage(
            reply.plan(), desk=self._tools, changed=self._calls_changed
        )
        self._stage.begin()
        self._go_on()

    def _calls_changed(self) -> None:
        """Takes the calls as they are now."""
        reply, stage = self._reply, self._stage
        if reply is None or stage is None:
            return
        reply.take_calls(stage.calls)
        waiting = ChatState.WAITING_PERMISSION
        self._set_state(waiting if stage.asking else ChatState.USING_TOOLS)
        self._announce(reply)

    def _go_on(self) -> None:
        """Has the answer written once no command has anything before it."""
        reply, stage = self._reply, self._stage
        if reply is not None and stage is not None and stage.over:
            self._stage = None
            reply.go_on()
            self._fit(reply)

    def _finish(self, state: MessageState) -> None:
        """Ends the reply, if there is one, in whatever stage it is."""
        reply, self._reply = self._reply, None
        stage, self._stage = self._stage, None
        if reply is None:
            return
        self._stream(reply, reply.parser.finish())
        reply.absorb()
        reply.message = replace(reply.message, state=state, usage=reply.usage)
        if stage is not None:
            stage.cancel()
            reply.take_calls(stage.calls)
        try:
            self._announce(reply)
        finally:
            # Whatever goes wrong with this reply, the next message can be sent.
            self._set_state(ChatState.IDLE)
        self._observer.conversations_changed()

    # -- keeping and telling ---------------------------------------------------------

    def _stream(self, reply: Reply, parts: Iterable[tuple[moss.Field, str]]) -> None:
        for part, text in parts:
            reply.add(part, text)
            self._observer.text_streamed(
                StreamedText(reply.conversation.id, reply.message.id, part, text)
            )

    def _announce(self, reply: Reply) -> None:
        self._keep(reply)
        self._observer.message_changed(reply.conversation.id, reply.message)

    def _keep(self, reply: Reply) -> None:
        """Saves the reply; a full disk is said once and does not end the reply."""
        try:
            self._archive.save_message(reply.conversation.id, reply.message)
        except UserError as error:
            self.unsaved.keep(reply.conversation.id, reply.message)
            if not reply.unsaved:
                self._observer.chat_failed(error)
            reply.unsaved = True
        else:
            reply.unsaved = False
            self.unsaved.forget(reply.conversation.id, reply.message)

    def _new_message(self, role: Role, text: str, *, parent: str | None) -> Message:
        return Message(uuid.uuid4().hex, parent, role, text, self._clock())

    def _set_state(self, state: ChatState) -> None:
        if state is not self._state:
            self._state = state
            self._observer.chat_state_changed(state)


def _is_known(model: ModelInfo) -> bool:
    return model.form in tuple(moss.Form)
