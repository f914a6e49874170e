"""Where the converted demo model belongs."""

import hashlib
from pathlib import Path

DEMO_TYPE = "F16"
_DEMO_FILES = (
    "config.json",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "pytorch_model.bin",
)


def demo_target(models: Path, checkpoint: Path) -> Path:
    """Where the demo checkpoint's GGUF belongs.

    The name holds a digest of the checkpoint, so that a new version of the program
    with another demo converts it again.

    Raises:
        FileNotFoundError: A file of the checkpoint is missing.
    """
    digest = hashlib.sha256()
    for name in _DEMO_FILES:
        digest.update((checkpoint / name).read_bytes())
    return models / f"moss-demo-{digest.hexdigest()[:12]}.gguf"
