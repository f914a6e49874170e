"""Markdown as units: what can be committed, and where each begins."""

import pytest
from hypothesis import given, strategies as st

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
