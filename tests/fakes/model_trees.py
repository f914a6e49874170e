"""Folder trees as other programs make them, with models that are small but whole."""

import hashlib
import json
import os
from pathlib import Path

from tests.fakes import tiny_gguf
from tests.fakes.tiny_gguf import TinyModel


def model(path: Path, seed: int = 0) -> Path:
    """Writes a model; other seeds make other files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return tiny_gguf.write(
        path, TinyModel(seed=seed, form="", template="{{ messages }}")
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ollama(
    folder: Path, name: str = "registry.ollama.ai/library/qwen/0.5b", *, old=False
) -> Path:
    """Writes a model as Ollama keeps it and returns the blob."""
    blobs = folder / "blobs"
    made = model(blobs / "new", seed=len(name))
    known = digest(made)
    blob = made.rename(blobs / f"sha256{':' if old else '-'}{known}")
    layers = [
        {
            "mediaType": "application/vnd.ollama.image.model",
            "digest": f"sha256:{known}",
        },
        {
            "mediaType": "application/vnd.ollama.image.params",
            "digest": "sha256:" + "0" * 64,
        },
    ]
    manifest = folder / "manifests" / name
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers}))
    return blob


def hub(folder: Path, name: str = "model-q4.gguf") -> Path:
    """Writes a model as the cache of Hugging Face keeps it; returns the link."""
    repository = folder / "models--owner--name-GGUF"
    made = model(repository / "blobs" / "new", seed=7)
    blob = made.rename(made.with_name(digest(made)))
    links = [repository / "snapshots" / revision / name for revision in ("aaa", "bbb")]
    for link in links:
        link.parent.mkdir(parents=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (repository / "refs").mkdir()
    return links[0]
