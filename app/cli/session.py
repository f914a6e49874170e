"""A chat driven by a blocking loop: the services, and one event after another."""

import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from app.cli.links import Converter, CtrlC, Engine, Tools
from app.cli.output import say
from app.cli.screen import Screen
from app.cli.tool_processes import ToolProcesses
from app.domain.conversation import Message
from app.domain.errors import UserError
from app.domain.permissions import Consent
from app.domain.remote import RemoteModel
from app.domain.tools import ToolState
from app.engine import protocol
from app.paths import Paths
from app.plugins import extensions
from app.plugins.manager import ToolManager
from app.services import sources
from app.services.chat import ChatService
from app.services.load_wishes import LoadWishes
from app.services.models import ModelService, StatePlace
from app.services.network_switch import NetworkSwitch
from app.services.observers import ChatState, ModelState
from app.services.preferences import Preferences
from app.services.reply import ReplyOptions
from app.services.sampling import sampling_for
from app.services.sources import ModelSource
from app.services.tool_decisions import ToolDecisions, decisions_of
from app.services.tool_desk import ToolDesk
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.settings_file import SettingsFile
from app.store.tool_log import ToolLog

_SAVE_SECONDS: Final = 0.25


@dataclass(slots=True)
class Session:
    """Everything a terminal chat needs, and the loop that drives it.

    Attributes:
        engine: The engine process.
        tools: The command that waits to be run.
        tool_processes: Where it runs.
        manager: Which tools there are.
        converter: Converts the demo.
        screen: What is shown, and the last reply.
        chat: Writes replies.
        models: Keeps a model loaded.
        preferences: The user's settings.
        database: The archive.
        ctrl_c: What Ctrl+C does while an answer is written.
        conversation: The chat that the next question belongs to; None begins one.
    """

    engine: Engine
    tools: Tools
    tool_processes: ToolProcesses
    manager: ToolManager
    converter: Converter
    screen: Screen
    chat: ChatService
    models: ModelService
    preferences: Preferences
    database: Database
    ctrl_c: CtrlC
    conversation: str | None = None

    @classmethod
    def open(cls, paths: Paths, *, archive: Path, quiet: bool) -> Self:
        """Builds the services."""
        database = Database(archive)
        engine, links, converter = Engine(paths), Tools(), Converter()
        screen = Screen(quiet=quiet)
        states = StatePlace(paths.states)
        if archive != paths.archive:
            # What is not kept in the archive is not kept elsewhere either.
            states = replace(states, budget=0)
        preferences = Preferences(SettingsFile(paths.settings))
        manager = ToolManager(
            extensions=extensions.installed(),
            decisions=decisions_of(preferences.values),
        )
        chat = ChatService(
            engine=engine,
            tools=ToolDesk(
                manager=manager,
                link=links,
                journal=ToolLog(database),
                clock=lambda: datetime.now(UTC),
                allow=ToolDecisions(manager, preferences).allow,
                failed=screen.chat_failed,
            ),
            archive=ConversationStore(database),
            observer=screen,
            clock=lambda: datetime.now(UTC),
        )

        processes = ToolProcesses(paths, manager, chat.tool_noted)
        processes.warm_up()

        def refused(event: protocol.Event) -> None:
            models.engine_event(event)

        switch = NetworkSwitch(engine, preferences, refused=refused)
        models = ModelService(
            engine=LoadWishes(switch, preferences),
            converter=converter,
            observer=screen,
            models=paths.models_in(preferences.values.models_folder),
            demo_checkpoint=paths.demo_checkpoint,
            states=states,
        )

        def ask() -> None:
            processes.cancel()
            if chat.generation is not None:
                engine.send(protocol.Stop(chat.generation))

        return cls(
            engine=engine,
            tools=links,
            tool_processes=processes,
            manager=manager,
            converter=converter,
            screen=screen,
            chat=chat,
            models=models,
            preferences=preferences,
            database=database,
            ctrl_c=CtrlC(ask),
        )

    def close(self) -> None:
        """Ends the children and closes the archive."""
        self.engine.close()
        self.tool_processes.close()
        self.database.close()

    def load(self, model: ModelSource | None) -> bool:
        """Loads `model`, the last one, or the demo; True when it can answer."""
        chosen = model or sources.last(self.preferences.values)
        if isinstance(chosen, RemoteModel):
            say(f"The model runs on {chosen.authority}; what you write is sent there.")
        if chosen is not None:
            self.models.open(chosen)
        else:
            self.models.open_demo()
        if self.converter.problem is not None:
            self.models.conversion_finished(self.converter.problem)
        self._wait_for_model()
        self.tool_processes.introduce()
        return self.models.state is ModelState.READY

    def prepare(self) -> None:
        """Has the engine get ready while the user is still writing."""
        if self.models.state is ModelState.READY:
            self.chat.prepare(self.conversation, self._options())

    def ask(self, text: str) -> Message | None:
        """Answers one question; None when it could not even begin."""
        if self.models.state is not ModelState.READY:
            self._wait_for_model()
        try:
            self.conversation = self.chat.send(self.conversation, text, self._options())
        except UserError as error:
            self.screen.chat_failed(error)
            return None
        with self.ctrl_c.watched():
            self._write_reply()
        return self.screen.reply

    def _options(self) -> ReplyOptions:
        """How replies are written here."""
        usable = self.manager.usable(self.preferences.values.tools)
        sampling = sampling_for(self.screen.model, self.preferences.values.sampling)
        return ReplyOptions(frozenset(usable), sampling)

    def _write_reply(self) -> None:
        saved = time.monotonic()
        while self.chat.state is not ChatState.IDLE:
            self._step()
            if self.ctrl_c.wished:
                self.chat.stop()
            if time.monotonic() - saved > _SAVE_SECONDS:
                self.chat.flush()
                saved = time.monotonic()

    def _wait_for_model(self) -> None:
        while self.models.state.is_loading:
            self._step()

    def _step(self) -> None:
        """Runs the waiting command, or takes one event."""
        waiting, self.tools.waiting = self.tools.waiting, None
        if waiting is not None:
            with self.ctrl_c.waiting():
                call = self.tool_processes.run(*waiting)
            self.chat.tool_finished(call)
            return
        if self.chat.state is ChatState.WAITING_PERMISSION:
            self.chat.consent(self._permission())
            return
        try:
            with self.ctrl_c.waiting():
                event = self.engine.receive()
        except UserError as error:
            self.chat.engine_lost()
            self.models.engine_lost(error)
            return
        self.models.engine_event(event)
        if isinstance(event, protocol.Loaded) and event.model is self.screen.model:
            self.chat.set_model(event.model)
        self.chat.engine_event(event)

    def _permission(self) -> Consent:
        """Asks the user whether a tool may run; who cannot be asked says no."""
        calls = self.screen.reply.calls if self.screen.reply else ()
        asking = next((c for c in calls if c.state is ToolState.ASKING), None)
        answer = ""
        if asking is not None and sys.stdin.isatty():
            names = ", ".join(asking.providers)
            say(f"May this run with {names}? {asking.command.text()}")
            with self.ctrl_c.questioned(), suppress(EOFError):
                answer = input("[o]nce, [a]lways, [n]o: ")
        letters = {"o": Consent.ONCE, "a": Consent.ALWAYS}
        return letters.get(answer.strip().lower()[:1], Consent.NO)
