"""Markdown as units: what can be committed, and where each begins."""

import pytest
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from app.ui.rich_text import inline_rules
from app.ui.rich_text.markdown import units

TEXT = """# Title

Words
in two lines.

1. one
2. two

   more of two
   - nested

| a | b |
|---|--:|
| 1 | 2 |

```python
x = 1

y = 2
```

\\[ E = mc^2 \\]

> said

- bullet
"""


def kinds(text):
    return [unit.tokens[0].type for unit in units(text, {})]


def test_units_are_top_level_blocks_and_items_of_top_level_lists():
    found = units(TEXT, {})
    assert [unit.tokens[0].type for unit in found] == [
        "heading_open",
        "paragraph_open",
        "list_item_open",
        "list_item_open",
        "table_open",
        "fence",
        "math_block",
        "blockquote_open",
        "list_item_open",
    ]
    starts = ["# T", "Words", "1. ", "2. ", "| a", "```", "\\[ ", "> s", "- b"]
    for unit, start in zip(found, starts, strict=True):
        assert TEXT[unit.start :].startswith(start)
    assert [unit.number for unit in found[2:4]] == [1, 2]
    assert found[-1].bullet
    assert found[-1].number is None


@given(st.lists(st.sampled_from(TEXT.split("\n")), max_size=25).map("\n".join))
def test_each_unit_but_the_last_is_what_it_is_in_any_longer_text(text):
    before = units(text, {})
    after = units(f"{text}\n\nand more", {})
    for old, new in zip(before[:-1], after, strict=False):
        assert old.start == new.start
        assert [token.type for token in old.tokens] == [
            token.type for token in new.tokens
        ]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("for $5 and $6", []),
        ("$x^2$", ["x^2"]),
        ("\\(a+b\\) and \\[c\\]", ["a+b", "c"]),
        ("`$x$`", []),
        ("$$y$$", ["y"]),
    ],
)
def test_formulas_are_not_prices(text, formulas):
    found = [
        token.content.strip()
        for unit in units(text, {})
        for outer in unit.tokens
        for token in (outer, *(outer.children or ()))
        if token.type.startswith("math")
    ]
    assert found == formulas


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("Thus\n\\[\na\n+ b\n- c\n\\]\nwhich", "a\n+ b\n- c"),
        ("\\[ x \\]", "x"),
        ("- so\n  \\[\n  y\n  \\]", "y"),
    ],
)
def test_a_formula_on_lines_of_its_own_is_no_list(text, formula):
    found = units(text, {})
    blocks = [
        token.content.strip()
        for unit in found
        for token in unit.tokens
        if token.type == "math_block"
    ]
    assert blocks == [formula]
    assert len(found) == (3 if text.startswith("Thus") else 1)


class Counted(str):
    """A text that counts the characters that searches may look at."""

    __slots__ = ("looked",)

    def find(self, part, start=0, end=None):
        self.looked += (len(self) if end is None else end) - start
        return super().find(part, start, end)


@pytest.mark.parametrize("opening", ["\\(", "\\["])
def test_what_is_opened_and_never_closed_costs_no_square(opening):
    text = Counted(f"a {opening} " * 5000)
    text.looked = 0
    state = StateInline(text, MarkdownIt(), {}, [])
    for place in range(len(text)):
        state.pos = place
        assert not inline_rules._brackets(state, silent=True)
    assert text.looked <= 5000 * 4000


def test_html_is_text():
    assert kinds("<script>alert(1)</script>") == ["paragraph_open"]


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("<sup><|1|></sup>", "1"),
        ("<sup>2</sup>", "2"),
        ("<sup>|3|</sup>", "3"),
        ("<sup><|1|><|3|></sup>", "1,3"),
        ("<sup><|2|>, <|3|></sup>", "2,3"),
    ],
)
def test_citations_are_read_in_every_form(written, numbers):
    (unit,) = units(f"Facebook{written}.", {})
    children = unit.tokens[1].children
    assert [(c.type, c.content) for c in children] == [
        ("text", "Facebook"),
        ("citation", numbers),
        ("text", "."),
    ]


def test_a_link_defined_in_an_earlier_part_is_known_later():
    environment = {}
    units("[site]: https://example.org\n\ntext", environment)
    (unit,) = units("see [site]", environment)
    assert [c.type for c in unit.tokens[1].children][1] == "link_open"
