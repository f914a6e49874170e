"""The table of all settings, as `docs/settings.md` shows it.

`python -m tests.settings_table` writes it there anew.
"""

import json

import msgspec

from app.services import setting_words
from app.store.declaring import Declaration, Form
from app.store.settings import DECLARATIONS
from tests.conftest import ROOT

DOCUMENT = ROOT / "docs" / "settings.md"
BEGIN, END = "<!-- table: tests/settings_table.py -->\n", "<!-- end of table -->"


def table() -> str:
    """The table in Markdown."""
    rows = ["| key | default | may be | |", "|---|---|---|---|"]
    for key, declaration in DECLARATIONS.items():
        words = setting_words.SETTINGS[key]
        effect = setting_words.EFFECTS[declaration.effect]
        said = f"{words.title}. {words.help} {effect}".strip()
        default = _json(declaration.default)
        rows.append(f"| `{key}` | {default} | {_range(declaration)} | {said} |")
    return "\n".join([*rows, ""])


def _range(declaration: Declaration) -> str:
    bounds = declaration.bounds
    unit = setting_words.UNITS[bounds.unit]
    match declaration.form:
        case Form.SWITCH:
            found = "`true`, `false`"
        case Form.CHOICE:
            return ", ".join(map(_json, declaration.choices))
        case Form.NUMBER | Form.LAYERS:
            found = f"{bounds.low} to {bounds.high}{unit}"
        case Form.PARTS:
            found = "numbers, such as `[3, 1]`"
        case Form.ADDRESS:
            found = "`https://…` or `http://…`"
        case Form.FOLDER:
            found = "a folder"
    return f"`null`, {found}" if declaration.optional else found


def _json(value: object) -> str:
    return f"`{json.dumps(msgspec.to_builtins(value))}`"


def main() -> None:
    """Writes the table."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest[rest.index(END) :]
    DOCUMENT.write_text(before + BEGIN + table() + after, encoding="utf-8")


if __name__ == "__main__":
    main()
