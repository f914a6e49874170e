"""Stands for stable-diffusion-cpp-python 0.4.7 where that is not installed.

What the program uses of it has the same names, types and faults. The model's name says
what happens: "null" loads to a null pointer, as a file does that is no model, and
"hang" never ends, as a large picture seems to.
"""

import ctypes
import pathlib
import threading

from tests.fakes.picture_files import png

sd_progress_callback = ctypes.CFUNCTYPE(
    None, ctypes.c_int, ctypes.c_int, ctypes.c_float, ctypes.c_void_p
)
_present = sd_progress_callback()


def sd_set_progress_callback(callback, data):
    globals()["_present"] = callback
    assert isinstance(data, ctypes.c_void_p)


class _Image:
    """A picture of Pillow's, as far as it is used."""

    def __init__(self, width, height, mode="RGBA"):
        self.width, self.height, self.mode = width, height, mode

    def convert(self, mode):
        return _Image(self.width, self.height, mode)

    def save(self, file, format):  # noqa: A002 -- Pillow's name
        assert (self.mode, format) == ("RGB", "PNG")
        file.write(png(self.width, self.height))


class _Model:
    def __init__(self, model):
        self.model = model

    def __del__(self):
        if self.model is not None and not self.model:
            # What the real one does with a null pointer.
            ctypes.string_at(0)


class StableDiffusion:
    def __init__(self, model_path, *, n_threads, verbose):
        self._name = pathlib.Path(model_path).stem
        assert n_threads > 0
        assert verbose is False
        if not pathlib.Path(model_path).exists():
            message = f"Model path does not exist: '{model_path}'"
            raise ValueError(message)
        pointer = ctypes.POINTER(ctypes.c_int)
        null = self._name == "null"
        self._model = _Model(pointer() if null else pointer(ctypes.c_int(1)))

    @property
    def model(self):
        return self._model.model

    def generate_image(self, *, prompt, width, height, sample_steps, cfg_scale, seed):
        assert (type(prompt), type(cfg_scale), type(seed)) == (str, float, int)
        _tell(7, 1000)
        for step in range(sample_steps + 1):
            if self._name == "hang" and step > 1:
                threading.Event().wait()
            _tell(step, sample_steps)
        if self._name == "nothing":
            message = "NULL pointer access"
            raise ValueError(message)
        return [_Image(width, height)]

    def close(self):
        self._model.model = None


def _tell(step, of):
    if _present:
        _present(step, of, 0.1, None)
