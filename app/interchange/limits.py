"""How much of a stranger's file is taken in."""

from typing import Final

MOST_BYTES: Final = 1 << 30
"""Of one file, or of one file in a ZIP archive, unpacked."""
MOST_UNPACKED: Final = 1 << 32
"""Of all files that are read in a folder or a ZIP archive."""
MOST_FILES: Final = 100_000
"""In a folder or a ZIP archive."""
MOST_CHATS: Final = 100_000
"""In all files of one import."""
MOST_MESSAGES: Final = 100_000
"""In a chat."""
MOST_TEXT: Final = 1 << 22
"""Characters in a message's text; what is longer is cut."""
MOST_TITLE: Final = 500
"""Characters in a title or in a name."""
MOST_VALUE: Final = 1 << 26
"""Bytes or characters of one chat as JSON. As objects it may take twenty times that."""
MOST_PICTURE: Final = 1 << 26
"""Bytes of a picture."""
