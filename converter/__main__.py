"""The command `moss-convert`: arguments in, exit code out."""

import argparse
import contextlib
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

from converter import __version__, verify_command
from converter.arguments import positive
from converter.convert import Request, convert, rehearse
from converter.errors import (
    CheckpointError,
    ConversionError,
    Interrupted,
    OutputError,
)
from converter.evaluation_process import EVALUATE
from converter.inspection import inspect, inspection_json, inspection_text
from converter.metadata import Form
from converter.mixture import DEFAULT_TYPE, KEPT_TYPE, OUTPUT_TYPES, WIDE_TYPE
from converter.output_file import check_space
from converter.progress import JsonLines, Reporter, Silent, find_reporter
from converter.report import plan_json, plan_text
from converter.shards import ArrivingShards, LocalShards, Shards

_INSPECT = "inspect"
EXIT_BUG = 1
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: Arguments without the program's name; None for the process's own.

    Returns:
        0 on success, 1 for a bug of ours, 2 for wrong arguments, 3 for a damaged
        checkpoint, importance matrix or GGUF, 4 for a checkpoint of a kind that is not
        supported, 5 for an output that cannot be written, 6 where ggml is missing, 7
        for a GGUF that is not what the checkpoint makes (`verify`), 8 for one that
        llama.cpp cannot run, 130 when interrupted.
    """
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == [EVALUATE]:
        # The one place that loads llama.cpp: this process was started for that.
        from converter import evaluation  # noqa: PLC0415

        return evaluation.main(argv[1:])
    if argv[:1] == [_INSPECT]:
        looking = _inspect_parser().parse_args(argv[1:])
        reporter: Reporter = (
            JsonLines(sys.stdout) if looking.json else Silent(sys.stderr)
        )
        return _guarded(lambda: _inspect(looking, reporter), reporter)
    if argv[:1] == [verify_command.NAME]:
        checking = verify_command.parser().parse_args(argv[1:])
        reporter = verify_command.reporter(checking)
        return _guarded(lambda: verify_command.run(checking, reporter), reporter)
    arguments = _parser().parse_args(argv)
    reporter = find_reporter(arguments.progress)
    stopped = "It was stopped; the same command goes on where it was."
    return _guarded(lambda: _convert(arguments, reporter), reporter, stopped=stopped)


def _guarded(
    work: Callable[[], int], reporter: Reporter, *, stopped: str = "It was stopped."
) -> int:
    """Does some work and turns whatever ends it into an exit code.

    Args:
        work: What to do; returns an exit code.
        reporter: Is told what went wrong.
        stopped: What to say when it is interrupted.
    """
    previous = signal.signal(signal.SIGTERM, _interrupt)
    if isinstance(sys.stdout, io.TextIOWrapper):  # as standard error is from the start
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with _system_errors():
            code = work()
            sys.stdout.flush()
            return code
    except ConversionError as error:
        reporter.failed(error.code, str(error))
        return error.exit_code
    except (KeyboardInterrupt, Interrupted):
        reporter.failed("interrupted", stopped)
        return EXIT_INTERRUPTED
    except Exception:  # noqa: BLE001 -- the outermost frame of the program
        traceback.print_exc()
        reporter.failed(
            "internal", "This is a bug of moss-convert; see the text above."
        )
        return EXIT_BUG
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextlib.contextmanager
def _system_errors() -> Iterator[None]:
    """Turns what the system refuses, and nobody has expected there, into words."""
    try:
        yield
    except BrokenPipeError as error:  # whoever read along is gone
        _leave_output()
        raise Interrupted from error
    except OSError as error:
        if error.filename is None:
            _leave_output()
            raise OutputError(
                problem=f"the system refuses to go on ({error.strerror})"
            ) from error
        raise CheckpointError(
            problem=f"this cannot be read ({error.strerror})",
            file=Path(os.fsdecode(error.filename)),
            remedy="allow it to be read",
        ) from error


def _leave_output() -> None:
    """Sends what is still to be written to standard output nowhere."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _convert(arguments: argparse.Namespace, reporter: Reporter) -> int:
    request = Request(
        checkpoint=arguments.checkpoint,
        target=arguments.output,
        output_type=arguments.type,
        form=Form(arguments.form) if arguments.form else None,
        overwrite=arguments.force,
        threads=arguments.threads,
        imatrix=arguments.imatrix,
    )
    if arguments.dry_run:
        _rehearse(request, reporter, as_json=arguments.progress == "json")
    else:
        convert(request, reporter, _shards(arguments))
    return 0


def _shards(arguments: argparse.Namespace) -> Shards:
    folder: Path = arguments.checkpoint
    if not arguments.arriving:
        return LocalShards(folder)
    return ArrivingShards(
        folder, sys.stdin, used=Path.unlink if arguments.delete_used else _leave
    )


def _leave(_file: Path) -> None:
    """Does nothing with a weight file that is used up."""


def _inspect(arguments: argparse.Namespace, reporter: Reporter) -> int:
    found = inspect(arguments.path)
    if arguments.json:
        line = json.dumps(inspection_json(found))
    else:
        line = inspection_text(found)
        for warning in found.warnings:
            reporter.warned(warning)
    sys.stdout.write(line + "\n")
    return 0


def _rehearse(request: Request, reporter: Reporter, *, as_json: bool) -> None:
    rehearsal = rehearse(request)
    for warning in rehearsal.conversion.warnings:
        reporter.warned(warning)
    if as_json:
        line = json.dumps(plan_json(rehearsal, request.target))
    else:
        line = plan_text(rehearsal, request.target)
    sys.stdout.write(line + "\n")
    check_space(request.target, rehearsal.size)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _inspect_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        f"moss-convert {_INSPECT}",
        description="Says what a checkpoint or a GGUF file is: architecture, "
        "parameters, types, licence, origin, and what it needs in memory.",
    )
    parser.add_argument(
        "path",
        type=Path,
        metavar="FILE|DIR",
        help="a GGUF file, or the folder of a checkpoint",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "moss-convert",
        description="Converts a MOSS checkpoint to GGUF, the format of llama.cpp.",
        epilog=f"moss-convert {_INSPECT} FILE|DIR says what a checkpoint or a GGUF "
        f"file is, moss-convert {verify_command.NAME} CHECKPOINT_DIR MODEL.gguf if a "
        "file is what a checkpoint makes. Checkpoints in folders of such names are "
        f"./{_INSPECT} and ./{verify_command.NAME}.",
    )
    parser.add_argument(
        "checkpoint",
        type=Path,
        metavar="CHECKPOINT_DIR",
        help="folder with config.json, the tokenizer's files and the weights",
    )
    parser.add_argument("output", type=Path, metavar="OUT.gguf", help="file to make")
    parser.add_argument(
        "--type",
        type=str.upper,
        choices=OUTPUT_TYPES,
        help=f"type of the weights (default: {DEFAULT_TYPE}, the smallest that is "
        f"quick on every processor; {KEPT_TYPE} for GPTQ's int4 without activation "
        f"order, whose weights it keeps as they are; {WIDE_TYPE} for int8). Q8_0 is "
        "closest to the original, F16 is the original",
    )
    parser.add_argument(
        "--imatrix",
        type=Path,
        metavar="FILE",
        help="importance matrix of this model, made by llama-imatrix in its GGUF form: "
        "what matters more is quantized more exactly. Worth most for the smallest "
        "types; Q8_0, the floats and int4 that is kept do not change",
    )
    parser.add_argument(
        "--form",
        choices=[form.value for form in Form],
        help="dialogue the model was tuned on (default: from its name)",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace OUT.gguf if it exists"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="say what becomes of each tensor, how large OUT.gguf will be and whether "
        "the disk has room, and write nothing",
    )
    parser.add_argument(
        "--progress",
        choices=("json", "bar", "none"),
        help="JSON lines on standard output, a bar, or nothing (default: a bar in a "
        "terminal)",
    )
    parser.add_argument(
        "--arriving",
        action="store_true",
        help="convert while the weights are being downloaded: read the name of each "
        "weight file from standard input, one a line, when it is whole. With "
        "--progress json, the stage `wait` says which files are still needed, the "
        "stage `used` which one is not any more",
    )
    parser.add_argument(
        "--delete-used",
        action="store_true",
        help="with --arriving: delete each weight file once its tensors are written",
    )
    parser.add_argument(
        "--threads",
        type=positive,
        metavar="N",
        help="threads to quantize on (default: one on each core)",
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser


if __name__ == "__main__":
    sys.exit(main())
