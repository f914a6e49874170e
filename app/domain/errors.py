"""The error tree of the program.

* `MossError` -- everything this program raises on purpose
    * `UserError` -- the user can mend it; carries an `ErrorCode` and the detail

Any other exception is a bug of ours and reaches the outermost loop, which reports it
as `ErrorCode.INTERNAL`. Codes cross process boundaries; `app.services.words` has
the words.
"""

from enum import StrEnum


class ErrorCode(StrEnum):
    """What went wrong, in a form that crosses processes and can be translated."""

    MODEL_NOT_FOUND = "model_not_found"
    MODEL_UNREADABLE = "model_unreadable"
    MODEL_UNSUPPORTED = "model_unsupported"
    TEMPLATE_FAILED = "template_failed"
    MODEL_NOT_LOADED = "model_not_loaded"
    LOAD_CANCELLED = "load_cancelled"
    OUT_OF_MEMORY = "out_of_memory"
    PROMPT_TOO_LONG = "prompt_too_long"
    BUSY = "busy"
    ENGINE_LOST = "engine_lost"
    ENGINE_SILENT = "engine_silent"
    PROTOCOL = "protocol"
    SERVER_ADDRESS = "server_address"
    SERVER_UNREACHABLE = "server_unreachable"
    SERVER_UNTRUSTED = "server_untrusted"
    SERVER_KEY = "server_key"
    SERVER_MODEL = "server_model"
    SERVER_UNSUITABLE = "server_unsuitable"
    SERVER_BUSY = "server_busy"
    SERVER_SILENT = "server_silent"
    SERVER_LOST = "server_lost"
    SERVER_FAILED = "server_failed"
    NETWORK_OFF = "network_off"
    CONVERSION_FAILED = "conversion_failed"
    CHAT_NOT_FOUND = "chat_not_found"
    ARCHIVE_NEWER = "archive_newer"
    ARCHIVE_UNREADABLE = "archive_unreadable"
    ARCHIVE_READ_ONLY = "archive_read_only"
    ARCHIVE_BUSY = "archive_busy"
    DISK_FULL = "disk_full"
    BACKUP_DISK_FULL = "backup_disk_full"
    BACKUP_FAILED = "backup_failed"
    RESTORE_DISK_FULL = "restore_disk_full"
    FILE_NOT_WRITTEN = "file_not_written"
    INDEX_BUSY = "index_busy"
    INDEX_UNWRITABLE = "index_unwritable"
    EXPORT_FAILED = "export_failed"
    EXPORT_DISK_FULL = "export_disk_full"
    IMPORT_FAILED = "import_failed"
    IMPORT_UNKNOWN = "import_unknown"
    IMPORT_NEWER = "import_newer"
    IMPORT_TOO_LARGE = "import_too_large"
    DOWNLOAD_NAME = "download_name"
    DOWNLOAD_ADDRESS = "download_address"
    DOWNLOAD_OFFLINE = "download_offline"
    DOWNLOAD_UNREACHABLE = "download_unreachable"
    DOWNLOAD_UNTRUSTED = "download_untrusted"
    DOWNLOAD_NOT_FOUND = "download_not_found"
    DOWNLOAD_GATED = "download_gated"
    DOWNLOAD_NOTHING = "download_nothing"
    DOWNLOAD_CHOICE = "download_choice"
    DOWNLOAD_BUSY = "download_busy"
    DOWNLOAD_LOST = "download_lost"
    DOWNLOAD_CHANGED = "download_changed"
    DOWNLOAD_DAMAGED = "download_damaged"
    DOWNLOAD_ODD = "download_odd"
    DOWNLOAD_DISK_FULL = "download_disk_full"
    DOWNLOAD_FOLDER = "download_folder"
    DOWNLOAD_TAKEN = "download_taken"
    DOWNLOADER_LOST = "downloader_lost"
    TOKEN_NOT_KEPT = "token_not_kept"  # noqa: S105 -- the name of a failure
    LIBRARY_FOREIGN = "library_foreign"
    LIBRARY_IN_USE = "library_in_use"
    LIBRARY_BUSY = "library_busy"
    LIBRARY_TAKEN = "library_taken"
    LIBRARY_DISK_FULL = "library_disk_full"
    LIBRARY_COPY_DIFFERS = "library_copy_differs"
    LIBRARY_NO_SOURCE = "library_no_source"
    LIBRARY_LOST = "library_lost"
    INTERNAL = "internal"


class MossError(Exception):
    """Base of every error that this program raises on purpose."""


class UserError(MossError):
    """Something the user can mend.

    Attributes:
        code: What went wrong.
        detail: The file, number or message that makes it concrete; may be empty.
    """

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail
