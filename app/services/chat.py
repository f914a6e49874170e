"""Answering a message: prompt, inner thoughts, tools, answer, every step saved.

One reply is written at a time. `ChatService` is a state machine that the front end
drives with what the user wants, what the engine reports and what tools answer; it
reports through a `ChatObserver` and keeps the archive up to date while text streams.
What happens to commands between the two stages is `tool_stage`'s business.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from app.domain import moss
from app.domain.attachments import Attachment, written
from app.domain.conversation import Conversation, Message, MessageState, Role
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, ModelInfo, Segment
from app.domain.permissions import Consent
from app.domain.presets import Preset
from app.domain.tools import ToolCall
from app.engine import protocol
from app.plugins.messages import Progress, Requested
from app.services.fitting import Fitting
from app.services.history import History, exchanges_of
from app.services.keeping import Keeping
from app.services.links import Archive, Clock, EngineLink
from app.services.observers import ChatObserver, ChatState, StreamedText
from app.services.preparation import Preparation
from app.services.provenance import Hashes, provenance_of, unknown
from app.services.questions import Question, Questions
from app.services.reply import Reply, ReplyOptions
from app.services.resuming import lacks_results, take_up
from app.services.second import CANDIDATE, state_after
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
        self._questions = Questions(archive, observer, clock, self.unsaved)
        self._keeping = Keeping(archive, observer, self.unsaved)
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
    def is_free(self) -> bool:
        """Whether a reply can begin now."""
        return self._reply is None and self._model is not None

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

    def require_model(self) -> ModelInfo:
        """The model that can answer, as soon as no other reply is written.

        Raises:
            UserError: MODEL_NOT_LOADED or MODEL_UNSUPPORTED.
        """
        if self._model is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        if not _is_known(self._model):
            raise UserError(ErrorCode.MODEL_UNSUPPORTED, self._model.name)
        return self._model

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
        options: ReplyOptions,
        *,
        attachments: Sequence[Attachment] = (),
        preset: Preset | None = None,
    ) -> str:
        """Adds a message and begins to answer it.

        Args:
            conversation_id: The chat; None begins a new one.
            text: What the user wrote.
            options: How the reply is to be written.
            attachments: Files that go along.
            preset: What a new chat keeps of how its replies are written.

        Returns:
            The id of the conversation.

        Raises:
            UserError: BUSY while another reply is written, MODEL_NOT_LOADED,
                MODEL_UNSUPPORTED, CHAT_NOT_FOUND, or what the archive raises; the
                message is not added then.
        """
        self._ready_model()
        question = Question(text, tuple(attachments))
        if conversation_id is None:
            asked = self._questions.begin_chat(question, preset)
        else:
            conversation = self.open(conversation_id).conversation
            asked = self._questions.add(conversation, question)
        self.answer(asked, options)
        return asked.id

    def answer(self, conversation: Conversation, options: ReplyOptions) -> None:
        """Begins another answer to a conversation's leaf, a user's message.

        Raises:
            UserError: As `send`.
        """
        self._ready_model()
        message = Message(
            uuid.uuid4().hex, conversation.leaf, Role.ASSISTANT, "", self._clock()
        )
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
        options: ReplyOptions,
    ) -> History:
        """Has the engine get ready for the next message of a chat.

        While a reply is written, or no model is there, nothing happens. Nor does it
        with a model on a server: it is sent what the user sends, and nothing before.

        Args:
            conversation_id: The chat; None for one that has not begun.
            options: How the next reply will probably be written.

        Returns:
            The turns before that message.

        Raises:
            UserError: CHAT_NOT_FOUND, or the archive cannot be read.
        """
        conversation = Conversation("")
        if conversation_id is not None:
            conversation = self.open(conversation_id).conversation
        return self.prepare_for(conversation, options)

    def prepare_for(self, conversation: Conversation, options: ReplyOptions) -> History:
        """Does what `prepare` does, for a chat that has just been read."""
        history = self._history(conversation, options.pinned)
        model = self._model_to_prepare()
        if model is None:
            return history
        self._preparation = Preparation(
            conversation.id,
            history,
            model=model,
            options=options,
            engine=self._engine,
        )
        self._preparation.begin()
        return history

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
        if self._reply is not None:
            self._keeping.flush(self._reply)

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
            case protocol.TextDelta() | protocol.ControlToken():
                if event.id == reply.generation:
                    self._wrote(reply, event)
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

    def _model_to_prepare(self) -> ModelInfo | None:
        """The model, if it can get ready for a message just now."""
        model = self._model
        if self._reply is not None or model is None or model.server:
            return None
        return model if _is_known(model) else None

    def _ready_model(self) -> ModelInfo:
        """The model that can answer now."""
        if self._reply is not None:
            raise UserError(ErrorCode.BUSY)
        return self.require_model()

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
            question=written(path[-1].text, path[-1].attachments) if path else "",
            form=form,
            enabled=usable(model, options.enabled),
            sampling=options.sampling,
            instruction=options.instruction,
            history=self._history(conversation, options.pinned),
            candidates=options.candidates,
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
        candidates = 2 if reply.wants_second else 1
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
                candidates=candidates,
            )
        )

    def _wrote(
        self, reply: Reply, event: protocol.TextDelta | protocol.ControlToken
    ) -> None:
        """Takes what the engine writes of a reply, or of its other version."""
        if event.candidate == CANDIDATE:
            if reply.second is not None:
                reply.second.take(event)
        elif isinstance(event, protocol.TextDelta):
            reply.wrote(Segment(event.text))
            self._stream(reply, reply.parser.text(event.text))
        else:
            reply.wrote(Segment(event.token, control=True))
            self._stream(reply, reply.parser.control(event.token))

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
        if reply.second is not None and len(event.reasons) > CANDIDATE:
            reply.second.end(state_after(event.reasons[CANDIDATE]), reply.usage)
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
        if reply.second is not None:
            reply.second.end(state, reply.usage)
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
        self._keeping.save(reply)
        self._observer.message_changed(reply.conversation.id, reply.message)

    def _set_state(self, state: ChatState) -> None:
        if state is not self._state:
            self._state = state
            self._observer.chat_state_changed(state)


def _is_known(model: ModelInfo) -> bool:
    return model.form in tuple(moss.Form)
