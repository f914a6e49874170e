"""Values that several commands take as arguments."""

import argparse


def positive(text: str) -> int:
    """Reads a positive whole number.

    Raises:
        ArgumentTypeError: It is none.
    """
    number = int(text)
    if number < 1:
        message = "must be positive"
        raise argparse.ArgumentTypeError(message)
    return number
