"""What reading a file comes to."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.archived import ArchivedChat


class Program(StrEnum):
    """Whose file it is; the value is the name that people know."""

    MOSS = "MOSS Desktop"
    CHATGPT = "ChatGPT"
    CLAUDE = "Claude"
    GPT4ALL = "GPT4All"
    JAN = "Jan"
    LM_STUDIO = "LM Studio"
    OPEN_WEBUI = "Open WebUI"


class Flaw(StrEnum):
    """What could not be taken in; `app.services.exchange_words` has the words."""

    CHAT = "chat"
    EMPTY = "empty"
    MESSAGES = "messages"
    SHORTENED = "shortened"
    PICTURE = "picture"
    ENDS_EARLY = "ends_early"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NEWER = "newer"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that could not be taken in.

    Attributes:
        flaw: What is wrong.
        place: Where: a file's name, a chat's title or its number.
        count: How many messages or characters it is about.
    """

    flaw: Flaw
    place: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class FoundChat:
    """A chat that was read.

    Attributes:
        chat: What there is of it. Its ids are those of the file, or made from it.
        program: Whose file it is.
        findings: What could not be taken in.
    """

    chat: ArchivedChat
    program: Program
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture that messages refer to.

    Attributes:
        name: Its file's name: the SHA-256 of `data` and an ending.
        data: What the file holds.
    """

    name: str
    data: bytes


Found = FoundChat | FoundPicture | Finding
"""What a reader yields."""
