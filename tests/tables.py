"""Tables of cases for the tools: one JSON value a line, in `unit/plugins/tables`."""

import json
from pathlib import Path

_FOLDER = Path(__file__).parent / "unit" / "plugins" / "tables"


def table(name):
    """The rows of a table."""
    lines = (_FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]
