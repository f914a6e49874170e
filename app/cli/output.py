"""Standard output holds the conversation; everything else goes to standard error."""

import sys
from io import TextIOWrapper


def speak_utf8() -> None:
    """Pipes carry UTF-8 in every locale, and a damaged byte stops nothing."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace")


def say(text: str) -> None:
    """Tells the user something that is no part of the conversation."""
    print(text, file=sys.stderr, flush=True)
