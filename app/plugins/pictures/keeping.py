"""A picture's file in the folder of pictures: whole, or not there.

It is named by the SHA-256 of what it holds, so the same picture is there once. Until it
is whole it has another name, which `app.store.pictures` clears away when the process
was killed in between.
"""

import errno
import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.pictures.image_file import ImageFile

UNFINISHED: Final = ".part"
"""How the name of a file ends that is not whole."""
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}


def keep(picture: ImageFile, folder: Path) -> Path:
    """Writes a picture.

    Returns:
        Its file.

    Raises:
        ToolError: `DISK_FULL` or `DISK_FAILED`; nothing of it is left then.
    """
    path = folder / f"{hashlib.sha256(picture.data).hexdigest()}{picture.suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(picture.data, path)
    except OSError as error:
        full = error.errno in _NO_SPACE
        failure = ToolFailure.DISK_FULL if full else ToolFailure.DISK_FAILED
        raise ToolError(failure, f"{folder}: {error.strerror}") from error
    return path


def _write(data: bytes, path: Path) -> None:
    with NamedTemporaryFile(dir=path.parent, suffix=UNFINISHED, delete=False) as file:
        new = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            new.replace(path)
        except BaseException:
            file.close()
            new.unlink(missing_ok=True)
            raise
