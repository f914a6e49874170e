"""What is different in a build by PyInstaller: one folder with an executable in it.

The only module that asks whether this is one. On Linux PyInstaller's launcher sets
`LD_LIBRARY_PATH` to the folder of our libraries and marks what it starts by variables
of its own. The libraries that this process still needs are found without it, since the
loader reads it once at the start; but a browser or file manager that the window opens
would be given our libraries instead of its system's, and fail.

Source: "Run-time Information" and "Common Issues" in PyInstaller's manual.
"""

import os
import sys
from pathlib import Path
from typing import Final

_LIBRARY_PATH: Final = "LD_LIBRARY_PATH"
_MARKS: Final = "_PYI_"
# Where distributions keep the certificates that they trust, first Debian's own: the
# OpenSSL that comes along is Debian's, and looks nowhere else.
_CERTIFICATES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_CERTIFICATE_FILE: Final = "SSL_CERT_FILE"
_CERTIFICATE_FOLDER: Final = "SSL_CERT_DIR"


def is_frozen() -> bool:
    """Whether this is such a build."""
    return bool(getattr(sys, "frozen", False))


def contents() -> Path | None:
    """Where libraries and resources of such a build lie; None from source."""
    folder = getattr(sys, "_MEIPASS", None)
    return None if folder is None else Path(folder)


def settle() -> None:
    """Gives the processes that are started from here the environment of the system.

    Children that are this very executable find their libraries by themselves again.
    From source there is nothing to do.
    """
    if not is_frozen() or sys.platform == "win32":
        return
    before = os.environ.pop(f"{_LIBRARY_PATH}_ORIG", None)
    os.environ.pop(_LIBRARY_PATH, None)
    if before is not None:
        os.environ[_LIBRARY_PATH] = before
    for name in [name for name in os.environ if name.startswith(_MARKS)]:
        del os.environ[name]
    if sys.platform == "linux":
        _trust()


def _trust() -> None:
    """Trusts the certificates of this system, wherever it keeps them."""
    if _CERTIFICATE_FILE in os.environ or _CERTIFICATE_FOLDER in os.environ:
        return
    found = next((name for name in _CERTIFICATES if Path(name).is_file()), None)
    if found is not None:
        os.environ[_CERTIFICATE_FILE] = found
