"""Models that Ollama has downloaded, where Ollama keeps them.

Its store is that of a container registry: `manifests/HOST/NAMESPACE/MODEL/TAG` is a
JSON file that names layers, and `blobs/sha256-DIGEST` are the layers. The one of the
model is a GGUF file without the ending. Read in Ollama's `server/manifest.go` and
`types/model/name.go`; nothing is ever written there.
"""

import re
from pathlib import Path
from typing import Final

import msgspec

from app.catalogue.model_files import ModelFiles

_MODEL: Final = "application/vnd.ollama.image.model"
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")
_MOST_BYTES: Final = 1 << 20
_MOST_MANIFESTS: Final = 5000
_DEFAULTS: Final = ("registry.ollama.ai", "library")
"""The host and the namespace that Ollama leaves out when it names a model."""


class _Layer(msgspec.Struct):
    digest: str
    kind: str = msgspec.field(name="mediaType", default="")


class _Manifest(msgspec.Struct):
    layers: list[_Layer]


_DECODER: Final = msgspec.json.Decoder(_Manifest)


def in_folder(folder: Path) -> tuple[ModelFiles, ...]:
    """The models of Ollama's folder; tags of the same file are one.

    Args:
        folder: What `OLLAMA_MODELS` names, with `manifests` and `blobs` below it.
    """
    found: dict[str, ModelFiles] = {}
    manifests = folder / "manifests"
    for number, path in enumerate(sorted(manifests.glob("*/*/*/*"))):
        if number >= _MOST_MANIFESTS:
            break
        digest = _digest(path)
        if digest and digest not in found:
            name = _name(path.relative_to(manifests))
            model = _model(folder / "blobs", digest, name)
            if model is not None:
                found[digest] = model
    return tuple(found.values())


def _digest(manifest: Path) -> str:
    """The digest of the layer that is the model; empty where there is none."""
    try:
        with manifest.open("rb") as file:
            layers = _DECODER.decode(file.read(_MOST_BYTES)).layers
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    models = [layer.digest for layer in layers if layer.kind == _MODEL]
    # Several are a model of safetensors files, which is none of ours.
    known = _DIGEST.fullmatch(models[0]) if len(models) == 1 else None
    return known[1] if known else ""


def _name(path: Path) -> str:
    """The name that `ollama list` shows."""
    *before, model, tag = path.parts
    while before and before[-1] == _DEFAULTS[-1]:
        before.pop()
    shown = [part for part in before if part != _DEFAULTS[0]]
    return f"{'/'.join([*shown, model])}:{tag}"


def _model(blobs: Path, digest: str, name: str) -> ModelFiles | None:
    # Older versions wrote a colon where systems other than Windows were.
    for separator in ("-", ":"):
        path = blobs / f"sha256{separator}{digest}"
        try:
            state = path.stat()
        except OSError:
            continue
        return ModelFiles(
            (path,), name, state.st_size, state.st_mtime_ns, digest=digest
        )
    return None
