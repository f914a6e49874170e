"""Python's own libraries without their tables for debuggers, where they have them.

A Python that was compiled here carries them: 22 MB of libpython instead of 6. What
comes in wheels is left as its publisher made it; some of it breaks when it is changed.
"""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from resources.packaging.contents import SYMLINK, Entry


def stripped(entries: Iterable[Entry], folder: Path, python: Path) -> list[Entry]:
    """The entries, with smaller files where that is possible.

    Args:
        entries: What is in the build.
        folder: Where smaller copies are put.
        python: Where Python is installed; only its libraries are touched.
    """
    strip = shutil.which("strip")
    result = []
    for name, source, kind in entries:
        copy = folder / name
        if (
            strip
            and kind != SYMLINK
            and ".so" in Path(source).name
            and Path(source).resolve().is_relative_to(python.resolve())
            and "site-packages" not in Path(source).parts
        ):
            copy.parent.mkdir(parents=True, exist_ok=True)
            command = (strip, "--strip-unneeded", "-o", copy, source)
            subprocess.run(command, check=True)
            result.append((name, str(copy), kind))
        else:
            result.append((name, source, kind))
    return result
