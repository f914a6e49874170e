"""Pictures made on this computer by stable-diffusion.cpp: the only importer of it.

The library is stable-diffusion-cpp-python, an extra of this program. It brings a ggml
of its own, runs native code on a stranger's file, and cannot be interrupted: all that
is why pictures have a process to themselves, which is killed to cancel one.

The model is loaded for a picture and given up after it. It takes some two gigabytes,
which the model that writes needs more.
"""

import ctypes
import io
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from app.domain.tools import ToolFailure
from app.plugins.api import Run, ToolError
from app.plugins.pictures import model_file
from app.plugins.pictures.order import Order, Painter

LIBRARY: Final = "stable_diffusion_cpp"
_LOADED: Final = 0.05
"""How far a picture is when the model is loaded."""
_DRAWN: Final = 0.95
"""How far it is when the sampler is done and its result is to be decoded."""


_Native = Any
"""The library's own module and objects, which have no types."""


def is_installed() -> bool:
    """Whether the library is there; does not import it."""
    return find_spec(LIBRARY) is not None


class StableDiffusion(Painter):
    """One model.

    Args:
        model: Its file.
    """

    def __init__(self, model: Path) -> None:
        self._path = model

    @override
    def prepare(self) -> None:
        if not is_installed():
            raise ToolError(ToolFailure.MISSING, "stable-diffusion-cpp-python")
        _library()

    @override
    def draw(self, order: Order, run: Run) -> bytes:
        model_file.check(self._path)
        library = _library()
        model = _load(library, self._path)
        try:
            run.progress(_LOADED)
            with _Steps(library, order.steps, run):
                images = model.generate_image(
                    prompt=order.description,
                    width=order.width,
                    height=order.height,
                    sample_steps=order.steps,
                    cfg_scale=order.guidance,
                    seed=order.seed,
                )
        except ValueError as error:
            # So a null pointer in the place of pictures is reported.
            raise ToolError(ToolFailure.INTERNAL, str(error)) from error
        finally:
            model.close()
        data = io.BytesIO()
        # The library adds a channel that says that nothing is transparent.
        images[0].convert("RGB").save(data, format="PNG")
        return data.getvalue()


class _Steps:
    """Hears of each step of the sampler while it is entered.

    The library's own way leaves its C function with a callback that Python has freed.
    """

    def __init__(self, library: _Native, steps: int, run: Run) -> None:
        def progressed(
            step: int, steps_there: int, _time: float, _data: object
        ) -> None:
            # Loading and decoding are reported the same way, with other numbers.
            if steps_there == steps:
                run.progress(_LOADED + (_DRAWN - _LOADED) * step / steps)

        self._library = library
        self._callback = library.sd_progress_callback(progressed)
        self._nobody = library.sd_progress_callback()

    def __enter__(self) -> None:
        self._library.sd_set_progress_callback(self._callback, ctypes.c_void_p())

    def __exit__(self, *_: object) -> None:
        self._library.sd_set_progress_callback(self._nobody, ctypes.c_void_p())


def _library() -> _Native:
    import stable_diffusion_cpp  # noqa: PLC0415 -- native code; where it is missing too

    return stable_diffusion_cpp


def _load(library: _Native, path: Path) -> _Native:
    """A model.

    Raises:
        ToolError: `MODEL_UNREADABLE`.
    """
    try:
        model = library.StableDiffusion(
            model_path=str(path), n_threads=os.cpu_count() or 1, verbose=False
        )
    except (ValueError, RuntimeError) as error:
        raise ToolError(ToolFailure.MODEL_UNREADABLE, path.name) from error
    if not model.model:
        # The library takes a null pointer for a model, and would crash freeing it.
        model._model.model = None  # noqa: SLF001 -- there is no other way
        raise ToolError(ToolFailure.MODEL_UNREADABLE, path.name)
    return model
