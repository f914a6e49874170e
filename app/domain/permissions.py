"""Whether a tool may run."""

from enum import StrEnum


class Permission(StrEnum):
    """What the user decided of a tool; a tool under `NEVER` is not even started."""

    NEVER = "never"
    ASK = "ask"
    ALWAYS = "always"


class Consent(StrEnum):
    """What the user answers when a tool asks."""

    ONCE = "once"
    ALWAYS = "always"
    NO = "no"
