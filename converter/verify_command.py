"""The command `moss-convert verify`: its arguments, and what it prints."""

import argparse
import json
import sys
from pathlib import Path

from converter.arguments import positive
from converter.progress import JsonErrors, Reporter, find_reporter
from converter.verification import DEFAULT_TOKENS, Request, verify
from converter.verification_report import verification_json, verification_text

NAME = "verify"
EXIT_DIFFERENT = 7
"""What is returned when the GGUF is not what the checkpoint makes."""

_FEWEST_TOKENS = 2  # one, and the one that it predicts


def parser() -> argparse.ArgumentParser:
    """Returns what reads the arguments."""
    parser = argparse.ArgumentParser(
        f"moss-convert {NAME}",
        description="Checks a GGUF file against the checkpoint that it was made of: "
        "its header and each weight, then, on a bundled text, the predictions of "
        "llama.cpp against those of the original model in NumPy.",
        epilog="For the 16 B model on two cores this takes, by estimate, two minutes "
        "for the weights, three for the predictions, and the time to read both files "
        "twice. Exit code 0: it is what the checkpoint makes; 7: it is not, and why is "
        "said; 3: one of them is damaged; 8: llama.cpp cannot run the file.",
    )
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT_DIR")
    parser.add_argument("model", type=Path, metavar="MODEL.gguf")
    parser.add_argument(
        "--no-logits",
        action="store_true",
        help="check header and weights only, which needs no llama.cpp",
    )
    parser.add_argument(
        "--tokens",
        type=_tokens,
        default=DEFAULT_TOKENS,
        metavar="N",
        help="compare predictions on so many tokens of the text at most (default: "
        "%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--progress",
        choices=("json", "bar", "none"),
        help="JSON lines on standard output (and the result as one), a bar, or "
        "nothing (default: a bar in a terminal)",
    )
    parser.add_argument(
        "--threads",
        type=positive,
        metavar="N",
        help="threads to work on (default: one on each core)",
    )
    return parser


def reporter(arguments: argparse.Namespace) -> Reporter:
    """Returns what tells how far it is."""
    if arguments.json and arguments.progress is None:
        return JsonErrors(sys.stderr, sys.stdout)
    return find_reporter(arguments.progress, work=NAME)


def run(arguments: argparse.Namespace, reporter: Reporter) -> int:
    """Checks a GGUF and prints what has come out.

    Returns:
        0, or `EXIT_DIFFERENT`.

    Raises:
        ConversionError: The checkpoint or the GGUF is damaged, or llama.cpp fails.
    """
    request = Request(
        checkpoint=arguments.checkpoint,
        model=arguments.model,
        tokens=0 if arguments.no_logits else arguments.tokens,
        threads=arguments.threads,
    )
    found = verify(request, reporter)
    if arguments.json or arguments.progress == "json":
        line = json.dumps(verification_json(found), ensure_ascii=False)
    else:
        line = verification_text(found)
    sys.stdout.write(line + "\n")
    return 0 if found.fits else EXIT_DIFFERENT


def _tokens(text: str) -> int:
    number = int(text)
    if number < _FEWEST_TOKENS:
        message = f"must be {_FEWEST_TOKENS} at least"
        raise argparse.ArgumentTypeError(message)
    return number
