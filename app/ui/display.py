"""Whether a window can be shown at all; asked before Qt, which would abort."""

import ctypes
import os
import sys
from typing import Final

_LIBRARIES: Final = ("libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxkbcommon-x11.so.0")


def available() -> bool:
    """Whether there is a display that answers.

    Always but on a Unix; there Wayland and a chosen Qt platform are believed, and an
    X server is asked, since `DISPLAY` may be left over from one that is gone.
    """
    if sys.platform in ("win32", "darwin"):
        return True
    if os.environ.get("QT_QPA_PLATFORM") or os.environ.get("WAYLAND_DISPLAY"):
        return True
    return bool(os.environ.get("DISPLAY")) and _x_server_answers()


def _x_server_answers() -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        for name in _LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    answers = bool(xcb.xcb_connection_has_error(connection) == 0)
    xcb.xcb_disconnect(connection)
    return answers
