"""How much of a stranger's file is read."""

from typing import Final

MIB: Final = 1024 * 1024

TEXT_FILE_BYTES: Final = 32 * MIB
"""The largest file that is nothing but text."""
DOCUMENT_BYTES: Final = 256 * MIB
"""The largest PDF, docx or epub file; pictures make them large."""
PART_BYTES: Final = 64 * MIB
"""What all parts of an archive that are read may unpack to, together. The text of the
Bible takes 5 MB."""
TEXT_CHARACTERS: Final = 16_000_000
"""What a file may give; more is no document but data."""
ATTACHED_CHARACTERS: Final = 2_000_000
"""What a file may give that goes along with a message. No model that runs on a home
computer reads as much at once."""
PAGES: Final = 20_000
"""Of a PDF."""
