"""Why a model cannot be downloaded: what happened, what was kept, what to do."""

from collections.abc import Mapping
from typing import Final

from app.domain.errors import ErrorCode
from app.services.marking import QT_TRANSLATE_NOOP

SENTENCES: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.DOWNLOAD_NAME: QT_TRANSLATE_NOOP(
        "Words",
        "This is no model that can be found: {0}. Type OWNER/NAME of a repository, "
        "paste its address on Hugging Face or ModelScope, or name a folder or a GGUF "
        "file on this computer.",
    ),
    ErrorCode.DOWNLOAD_ADDRESS: QT_TRANSLATE_NOOP(
        "Words",
        "Nothing is downloaded from this address: {0}. It has to begin with https://, "
        "or with http:// for a server on this computer.",
    ),
    ErrorCode.DOWNLOAD_OFFLINE: QT_TRANSLATE_NOOP(
        "Words",
        "Nothing was downloaded, because this computer is told to stay offline ({0}).",
    ),
    ErrorCode.DOWNLOAD_UNREACHABLE: QT_TRANSLATE_NOOP(
        "Words",
        "There is no connection to the server ({0}). What has arrived is kept. See "
        "whether you are online, or choose a mirror in the settings, and go on.",
    ),
    ErrorCode.DOWNLOAD_UNTRUSTED: QT_TRANSLATE_NOOP(
        "Words",
        "The server cannot prove that it is the one that is meant ({0}), so nothing "
        "was taken from it.",
    ),
    ErrorCode.DOWNLOAD_NOT_FOUND: QT_TRANSLATE_NOOP(
        "Words",
        "The server does not have this, or not any more: {0}. See whether the name is "
        "right.",
    ),
    ErrorCode.DOWNLOAD_GATED: QT_TRANSLATE_NOOP(
        "Words",
        "This is not there, or not for everybody: {0}. Where its owner asks for it, "
        "agree to the terms on its page, and give this program your access token.",
    ),
    ErrorCode.DOWNLOAD_NOTHING: QT_TRANSLATE_NOOP(
        "Words",
        "There is no model in it that this program can run or convert: {0}",
    ),
    ErrorCode.DOWNLOAD_CHOICE: QT_TRANSLATE_NOOP(
        "Words",
        "There are several models in it; say which one, as in OWNER/NAME:Q4_K_M. {0}",
    ),
    ErrorCode.DOWNLOAD_BUSY: QT_TRANSLATE_NOOP(
        "Words",
        "The server is busy or wants fewer questions ({0}). What has arrived is kept; "
        "go on in a while.",
    ),
    ErrorCode.DOWNLOAD_LOST: QT_TRANSLATE_NOOP(
        "Words",
        "The connection broke again and again, or brought next to nothing ({0}). What "
        "has arrived is kept; go on in a while.",
    ),
    ErrorCode.DOWNLOAD_CHANGED: QT_TRANSLATE_NOOP(
        "Words",
        "The server sends another file than its list says ({0}); perhaps it has just "
        "been replaced, or the network wants a login. What fits is kept; go on, and "
        "the list is asked for anew.",
    ),
    ErrorCode.DOWNLOAD_DAMAGED: QT_TRANSLATE_NOOP(
        "Words",
        "A file arrived twice with other contents than the list says, so it was thrown "
        "away: {0}. The rest is kept. Try again, or choose another server.",
    ),
    ErrorCode.DOWNLOAD_ODD: QT_TRANSLATE_NOOP(
        "Words",
        "The server answers something that makes no sense: {0}",
    ),
    ErrorCode.DOWNLOAD_DISK_FULL: QT_TRANSLATE_NOOP(
        "Words",
        "There is not enough room on the disk ({0}). What has arrived is kept. Make "
        "room, or choose another folder, and go on.",
    ),
    ErrorCode.DOWNLOAD_FOLDER: QT_TRANSLATE_NOOP(
        "Words",
        "The files cannot be written into this folder: {0}",
    ),
    ErrorCode.DOWNLOAD_TAKEN: QT_TRANSLATE_NOOP(
        "Words",
        "This folder belongs to another download, or another window is downloading "
        "into it just now: {0}",
    ),
    ErrorCode.DOWNLOADER_LOST: QT_TRANSLATE_NOOP(
        "Words",
        "The download broke off ({0}). What has arrived is kept; go on.",
    ),
    ErrorCode.TOKEN_NOT_KEPT: QT_TRANSLATE_NOOP(
        "Words",
        "The access token cannot be kept, because this system has no place for "
        "passwords that can be used: {0}. It holds until the program ends.",
    ),
}
"""A sentence for each code; `{0}` is the error's detail."""

RETRIES: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.DOWNLOAD_UNREACHABLE: QT_TRANSLATE_NOOP(
        "Words", "There is no connection to the server ({0})."
    ),
    ErrorCode.DOWNLOAD_BUSY: QT_TRANSLATE_NOOP(
        "Words", "The server is busy or wants fewer questions ({0})."
    ),
    ErrorCode.DOWNLOAD_LOST: QT_TRANSLATE_NOOP(
        "Words", "The connection broke, or brought next to nothing ({0})."
    ),
    ErrorCode.DOWNLOAD_CHANGED: QT_TRANSLATE_NOOP(
        "Words", "The server sends another file than its list says ({0})."
    ),
    ErrorCode.DOWNLOAD_DAMAGED: QT_TRANSLATE_NOOP(
        "Words", "A file arrived damaged and is fetched again: {0}."
    ),
}
"""What is wrong just now and is tried again; `{0}` is the detail."""
