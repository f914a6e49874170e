"""Our converter against llama.cpp's, in one run: time, bytes written, memory.

Both convert the same random model, ours from MOSS's form and the peer from phi-2's.
The peer is what its users run: `convert_hf_to_gguf.py`, then the quantizer on all
cores; for Q8_0 also the converter's own `--outtype q8_0`, and the faster one counts.
What makes the comparison fair is in README.md.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.conversion.arena import SCRIPT, VOCABULARY, Arena, Plan
from benchmarks.conversion.report import TARGETS, as_json, report
from benchmarks.conversion.results import Trial
from benchmarks.conversion.size import MOSS, SMALL
from benchmarks.measure import MeasureError, machine


def run(plan: Plan) -> list[Trial]:
    """Measures everything, and says on standard error how far it is."""
    plan.work.mkdir(parents=True, exist_ok=True)
    trials = []
    for size in plan.sizes:
        print(f"layers: {size.layers}", file=sys.stderr, flush=True)
        arena = Arena(plan, size)
        arena.prepare()
        for number in range(plan.runs):
            for trial in arena.round(number):
                trials.append(trial)
                print(
                    f"  {number + 1}/{plan.runs} {trial.kind} {trial.way}: "
                    f"{trial.usage.wall:.1f} s",
                    file=sys.stderr,
                    flush=True,
                )
    return trials


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmark.

    Args:
        argv: Arguments without the program's name; None for the process's own.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    for file in (SCRIPT, VOCABULARY):
        if not (arguments.llama_cpp / file).is_file():
            parser.error(f"there is no {file} in {arguments.llama_cpp}")
    size = SMALL if arguments.small else MOSS
    plan = Plan(
        sizes=tuple(replace(size, layers=n) for n in sorted({*arguments.layers})),
        kinds=tuple(arguments.types),
        runs=arguments.runs,
        llama_cpp=arguments.llama_cpp.resolve(),
        python=arguments.python.absolute(),
        is_cold=arguments.cold,
        work=arguments.work.resolve(),
    )
    conditions: dict[str, object] = {
        **machine(),
        "checkpoints": "on disk" if plan.is_cold else "in the page cache",
        "runs": plan.runs,
    }
    print(*(f"{name}: {value}" for name, value in conditions.items()), sep="\n")
    try:
        trials = run(plan)
    except MeasureError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{report(trials)}\n\nAll tensors are the same, byte for byte.")
    if arguments.json:
        text = json.dumps({"conditions": conditions} | as_json(trials), indent=1)
        arguments.json.write_text(text + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.convert",
        description="Measures our converter against llama.cpp's.",
    )
    parser.add_argument(
        "--llama-cpp",
        type=Path,
        required=True,
        metavar="DIR",
        help="llama.cpp's source, of the version that llama-cpp-python was built from",
    )
    parser.add_argument(
        "--python",
        type=Path,
        default=Path(sys.executable),
        metavar="FILE",
        help="interpreter with torch and transformers, for convert_hf_to_gguf.py",
    )
    parser.add_argument(
        "--layers",
        type=int,
        nargs="+",
        default=[1],
        metavar="N",
        help="layers of the model; two numbers also say what a further layer costs",
    )
    parser.add_argument(
        "--small", action="store_true", help="small tensors instead of MOSS's"
    )
    parser.add_argument(
        "--types", nargs="+", choices=TARGETS, default=list(TARGETS), metavar="TYPE"
    )
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    parser.add_argument(
        "--cold", action="store_true", help="drop the checkpoints from memory first"
    )
    parser.add_argument(
        "--work",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder on a disk, not in memory, for all files; the models stay in it "
        "for the next run",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="all numbers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
