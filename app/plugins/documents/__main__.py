"""Entry of the processes: `python -m app.plugins.documents index FILE` or `read`."""

import sys
from pathlib import Path
from typing import Final

_WRONG_USE: Final = 2


def main(arguments: list[str]) -> int:
    """Runs one of the two; each imports only what it needs.

    Returns:
        The exit code.
    """
    match arguments:
        case ["index", index]:
            from app.plugins.documents import indexer  # noqa: PLC0415

            return indexer.main(Path(index))
        case ["read"]:
            from app.plugins.documents import reader  # noqa: PLC0415

            return reader.main()
        case ["read", cpu_seconds, memory_bytes]:
            from app.plugins.documents import reader  # noqa: PLC0415

            return reader.main(float(cpu_seconds), int(memory_bytes))
        case _:
            return _WRONG_USE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
