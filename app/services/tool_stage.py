"""The commands of one reply on their way: asking, running, done; one after the other.

A search may be answered by several tools, which are asked in turn; what they found is
merged. A tool that the user wants to be asked about makes its call wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from app.domain.permissions import Consent, Permission
from app.domain.tools import Command, ToolCall, ToolFailure, ToolState, combined
from app.plugins.manager import ToolInfo
from app.plugins.messages import Progress
from app.services.tool_desk import ToolDesk


class ToolStage:
    """Runs commands.

    Attributes:
        calls: The commands and what has become of them.

    Args:
        commands: What to run, in this order.
        desk: Where they are handed in.
        changed: Is told whenever `calls` has changed.
    """

    def __init__(
        self,
        commands: Sequence[Command],
        *,
        desk: ToolDesk,
        changed: Callable[[], None],
    ) -> None:
        self.calls = tuple(map(ToolCall, commands))
        self._desk = desk
        self._changed = changed
        self._queue: list[ToolInfo] = []
        self._answers: list[ToolCall] = []
        self._begun = desk.clock()

    @property
    def asking(self) -> bool:
        """Whether a call waits for the user's permission."""
        return self._index(ToolState.ASKING) is not None

    @property
    def over(self) -> bool:
        """Whether no call has anything before it."""
        open_states = (ToolState.WAITING, ToolState.ASKING, ToolState.RUNNING)
        return not any(call.state in open_states for call in self.calls)

    def begin(self) -> None:
        """Goes on with the next call, unless one runs or waits for permission."""
        index = self._index(ToolState.WAITING)
        while index is not None:
            call = self.calls[index]
            providers = self._desk.manager.providers(call.command.tool)
            asking = tuple(info.name for info in providers if self._must_ask(info))
            if asking:
                self._put(
                    index, replace(call, state=ToolState.ASKING, providers=asking)
                )
                return
            if providers:
                self._run(index, providers)
                return
            self._fail(index, ToolFailure.UNAVAILABLE)
            index = self._index(ToolState.WAITING)

    def consent(self, answer: Consent) -> None:
        """Takes the user's answer for the call that waits for it.

        Raises:
            UserError: "Always" could not be kept; it holds all the same.
        """
        index = self._index(ToolState.ASKING)
        if index is None:
            return
        asked = self.calls[index].providers
        providers = self._desk.manager.providers(self.calls[index].command.tool)
        match answer:
            case Consent.NO:
                providers = tuple(i for i in providers if i.name not in asked)
            case Consent.ALWAYS | Consent.ONCE:
                pass
            case _:
                assert_never(answer)
        if providers:
            self._run(index, providers)
        else:
            refused = answer is Consent.NO
            reason = ToolFailure.REFUSED if refused else ToolFailure.UNAVAILABLE
            self._fail(index, reason)
            self.begin()
        if answer is Consent.ALWAYS:
            for name in asked:
                self._desk.allow(name, Permission.ALWAYS)

    def finished(self, answer: ToolCall) -> None:
        """Takes what became of a command with the tool that ran it."""
        index = self._index(ToolState.RUNNING)
        if index is None or self.calls[index].command != answer.command:
            return
        if not self._queue:
            return
        info = self._queue.pop(0)
        answer = replace(answer, seconds=self._elapsed())
        self._desk.note_call(info.name, answer)
        self._answers.append(answer)
        if self._queue:
            self._start(index)
            return
        providers = self.calls[index].providers
        self._put(index, replace(combined(self._answers), providers=providers))
        self.begin()

    def progressed(self, progress: Progress) -> None:
        """Takes how far the running command has come."""
        index = self._index(ToolState.RUNNING)
        if index is not None:
            call = replace(
                self.calls[index], progress=progress.fraction, detail=progress.text
            )
            self._put(index, call)

    def skip(self) -> None:
        """Gives up the call that runs; the next one begins."""
        index = self._index(ToolState.RUNNING)
        if index is not None and self._queue:
            self._put(index, self._give_up(self.calls[index]))
            self.begin()

    def cancel(self) -> None:
        """Gives up what is not done; the tool that runs is ended."""
        if self._queue:
            self._give_up(self.calls[self._index(ToolState.RUNNING) or 0])
        self.calls = tuple(
            call
            if call.state in (ToolState.DONE, ToolState.FAILED)
            else ToolCall.failed(call.command, ToolFailure.CANCELLED)
            for call in self.calls
        )

    def _give_up(self, running: ToolCall) -> ToolCall:
        """Ends the tool that runs; what its call comes to."""
        self._desk.link.cancel()
        given_up = ToolCall.failed(running.command, ToolFailure.CANCELLED)
        given_up = replace(given_up, seconds=self._elapsed())
        self._desk.note_call(self._queue[0].name, given_up)
        self._queue.clear()
        return given_up

    def _run(self, index: int, providers: Sequence[ToolInfo]) -> None:
        self._queue, self._answers = list(providers), []
        names = tuple(info.name for info in providers)
        running = replace(self.calls[index], state=ToolState.RUNNING, providers=names)
        self._put(index, running)
        if self._queue:  # whoever was told of it may have given everything up
            self._start(index)

    def _start(self, index: int) -> None:
        self._begun = self._desk.clock()
        self._desk.link.start(self._queue[0].name, self.calls[index].command)

    def _fail(self, index: int, reason: ToolFailure) -> None:
        call = ToolCall.failed(self.calls[index].command, reason)
        self._desk.note_call(", ".join(self.calls[index].providers), call)
        self._put(index, call)

    def _put(self, index: int, call: ToolCall) -> None:
        self.calls = (*self.calls[:index], call, *self.calls[index + 1 :])
        self._changed()

    def _must_ask(self, info: ToolInfo) -> bool:
        return self._desk.manager.permission(info.name) is Permission.ASK

    def _index(self, state: ToolState) -> int | None:
        return next(
            (n for n, call in enumerate(self.calls) if call.state is state), None
        )

    def _elapsed(self) -> float:
        return (self._desk.clock() - self._begun).total_seconds()
