"""What can be wrong with a picture's file, and how large one may be."""

from enum import StrEnum
from typing import Final

MOST_SIDE: Final = 4096
"""Pixels of a side."""


class Fault(StrEnum):
    """What is wrong."""

    ENDS_EARLY = "the file ends early"
    CHECKSUM = "a checksum is wrong"
    STRUCTURE = "its parts are out of order"
    HEADER = "its header makes no sense"
    KIND = "a kind that is not known here"
    DATA = "its data is damaged"
    TOO_LARGE = "more pixels than are allowed"


class UnfitError(Exception):
    """A file is not kept.

    Attributes:
        fault: Why.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def check_size(width: int, height: int) -> None:
    """Sees that a picture is neither empty nor too large.

    Raises:
        UnfitError: It is.
    """
    if width < 1 or height < 1:
        raise UnfitError(Fault.HEADER)
    if width > MOST_SIDE or height > MOST_SIDE:
        raise UnfitError(Fault.TOO_LARGE)
