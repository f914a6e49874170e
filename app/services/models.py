"""From a checkpoint, a GGUF file or a server to a model that answers, crash or not.

`ModelService` is a state machine like `ChatService`. At the first start it has the
bundled demo checkpoint converted, like any other, and loads the result. When the engine
dies it loads the same model again, and gives up only when loading itself keeps killing
the engine, even with everything that the engine has left to try. A server that does
not answer is asked again when the user wishes it.
"""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.catalogue import library
from app.domain.errors import ErrorCode, UserError
from app.domain.hardware import Module, Placement, Reason
from app.domain.remote import ServerKey
from app.engine import protocol, state_files
from app.services.links import ConverterLink, EngineLink
from app.services.observers import ModelObserver, ModelState
from app.services.sources import ModelSource, text_of
from app.services.words import (
    module_phrases,
    placement_phrases,
    restart_phrase,
    step_phrase,
)

_MOST_CRASHES_IN_A_ROW: Final = 3
_WITHOUT_ENGINE: Final = (ModelState.CONVERTING, ModelState.NONE)


@dataclass(frozen=True, slots=True)
class StatePlace:
    """Where the engine keeps what it has read of chats.

    Attributes:
        folder: The folder.
        budget: Bytes that it may take; with 0 it is read and not written to. The
            default is what some 5000 tokens take in MOSS.
    """

    folder: Path
    budget: int = 4 << 30


class ModelService:
    """Keeps one model loaded.

    Args:
        engine: The engine process.
        converter: The converter process.
        observer: Whoever shows the model's state.
        models: The folder of converted models.
        demo_checkpoint: The bundled demo model.
        states: Where the engine keeps what it has read of chats.
    """

    def __init__(
        self,
        *,
        engine: EngineLink,
        converter: ConverterLink,
        observer: ModelObserver,
        models: Path,
        demo_checkpoint: Path,
        states: StatePlace,
    ) -> None:
        self._engine = engine
        self._converter = converter
        self._observer = observer
        self._models = models
        self._demo = demo_checkpoint
        self._states = states
        self._state = ModelState.NONE
        self._wanted: ModelSource | None = None
        self._key: ServerKey | None = None
        self._crashes = 0
        self._load_id = ""
        self._stepped = False
        self._steps: set[protocol.LoadStep] = set()
        self._modules: tuple[Module, ...] = ()

    @property
    def state(self) -> ModelState:
        """What the model is doing."""
        return self._state

    def open(self, source: ModelSource, key: ServerKey | None = None) -> None:
        """Loads another model in place of the present one.

        Args:
            source: A GGUF file, or a model on a server.
            key: The server's key, kept as long as the model is wanted.
        """
        self._wanted, self._key = source, key
        self.retry()

    def retry(self) -> None:
        """Loads what was wanted last once more."""
        self._crashes = 0
        self._steps.clear()
        self._load(ModelState.LOADING)

    def unload(self) -> None:
        """Gives the memory back until `retry`; a load is stopped."""
        if self._state in (ModelState.LOADING, ModelState.RESTARTING):
            self._engine.send(protocol.Stop(self._load_id))
        elif self._state is ModelState.READY:
            self._engine.send(protocol.Unload())
            self._observer.model_lost()
            self._set_state(ModelState.NONE)

    def open_demo(self) -> None:
        """Loads the demo model, converting it first if this is the first time."""
        try:
            target = library.demo_target(self._models, self._demo)
        except OSError as error:
            self._fail(UserError(ErrorCode.MODEL_NOT_FOUND, str(error.filename)))
            return
        try:
            self._models.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._fail(UserError(ErrorCode.CONVERSION_FAILED, str(error)))
            return
        if target.exists():
            self.open(target)
            return
        self._wanted, self._key = target, None
        self._set_state(ModelState.CONVERTING)
        self._converter.start(self._demo, target, library.DEMO_TYPE)

    def conversion_progress(self, fraction: float) -> None:
        """Takes how far the converter has come, 0 to 1."""
        if self._state is ModelState.CONVERTING:
            self._observer.model_state_changed(self._state, fraction)

    def conversion_finished(self, problem: str = "") -> None:
        """Takes the converter's end; `problem` is empty when all went well."""
        if self._state is not ModelState.CONVERTING:
            return
        if not isinstance(self._wanted, Path):
            return
        # Another window may have converted the same checkpoint at the same time; then
        # the converter refuses to overwrite, and the file is what was wanted.
        if problem and not self._wanted.exists():
            self._fail(UserError(ErrorCode.CONVERSION_FAILED, problem))
        else:
            self.open(self._wanted)

    def engine_event(self, event: protocol.Event) -> None:
        """Takes an event of the engine."""
        match event:
            case protocol.Hello():
                self._note_modules(event.modules)
            case protocol.LoadStep():
                self._take_step(event)
                phrase = step_phrase(event.step, event.placement)
                self._observer.model_noted((phrase,))
            case protocol.LoadProgress(fraction):
                if self._state.is_loading:
                    self._observer.model_state_changed(self._state, fraction)
            case protocol.Loaded() if event.id == self._load_id:
                self._set_state(ModelState.READY)
                self._observer.model_ready(event.model)
                self._note_placement(event.model.placement)
            case protocol.Failed(ErrorCode.LOAD_CANCELLED) if event.id == self._load_id:
                self._set_state(ModelState.NONE)
            case protocol.Failed() if event.id == self._load_id:
                self._fail(UserError(event.code, self._named(event.detail)))
            case protocol.Failed(unloaded=True) if self._state is ModelState.READY:
                self._unloaded(UserError(event.code, event.detail))
            case protocol.Finished():
                # Only a model that has answered has shown that it does not crash.
                self._crashes = 0
            case _:
                pass

    def engine_lost(self, error: UserError) -> None:
        """The engine process is gone; starts it again with the same model.

        Args:
            error: How it ended, for the words that the user sees.
        """
        self._observer.model_lost()
        if self._wanted is None or self._state in _WITHOUT_ENGINE:
            return
        if self._may_restart(error):
            # Whatever it died of may have been an accident once.
            self._load(ModelState.RESTARTING, less=self._crashes > 1)
            self._observer.model_noted((restart_phrase(error),))

    def forget(self, conversation_id: str) -> None:
        """Has what the engine keeps of a chat deleted, on disk too."""
        if self._state is ModelState.READY and isinstance(self._wanted, Path):
            self._engine.send(protocol.Forget(conversation_id))
        else:
            state_files.forget(self._states.folder, conversation_id)

    def _unloaded(self, error: UserError) -> None:
        """Memory did not suffice to use the model: loads it again, with less."""
        self._observer.model_lost()
        if self._may_restart(error):
            self._load(ModelState.RESTARTING, less=True)

    def _may_restart(self, error: UserError) -> bool:
        """Counts a trouble; false, and the model is given up, after too many."""
        self._crashes += 1
        if self._crashes >= _MOST_CRASHES_IN_A_ROW:
            self._fail(error)
            return False
        return True

    def _named(self, detail: str) -> str:
        """A detail with the file's name; a server's has the server's already."""
        if isinstance(self._wanted, Path):
            return f"{self._wanted.name} ({detail})"
        return detail

    def _load(self, state: ModelState, *, less: bool = False) -> None:
        if self._wanted is not None:
            self._observer.model_lost()
            self._set_state(state)
            self._stepped = False
            self._load_id = uuid.uuid4().hex
            self._engine.send(
                protocol.Load(
                    text_of(self._wanted),
                    state_folder=str(self._states.folder),
                    state_budget=self._states.budget,
                    id=self._load_id,
                    key=self._key,
                    less=less,
                )
            )

    def _take_step(self, step: protocol.LoadStep) -> None:
        """A step that is new is another attempt, however many went before it."""
        self._stepped = True
        if self._state.is_loading:
            self._set_state(ModelState.STEPPING_DOWN)
        if step not in self._steps:
            self._steps.add(step)
            self._crashes = 0

    def _note_modules(self, modules: tuple[Module, ...]) -> None:
        """Says once which modules are of no use here."""
        if modules != self._modules:
            self._modules = modules
            phrases = module_phrases(modules)
            if phrases:
                self._observer.model_noted(phrases)

    def _note_placement(self, placement: Placement) -> None:
        """Says how the model was laid out, where that is not as it should be."""
        if self._stepped or Reason.FROM_DISK in placement.reasons:
            self._observer.model_noted(placement_phrases(placement))

    def _fail(self, error: UserError) -> None:
        self._set_state(ModelState.FAILED)
        self._observer.model_failed(error)

    def _set_state(self, state: ModelState) -> None:
        self._state = state
        self._observer.model_state_changed(state, 0.0)
