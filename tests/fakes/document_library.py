"""Many documents in formats of all kinds, full of made-up facts in two languages."""

import random
from pathlib import Path

from tests.fakes.document_files import write_docx, write_epub, write_pdf
from tests.fakes.known_facts import facts


def write_library(folder: Path, count: int) -> None:
    """Writes documents, always the same, into twenty folders."""
    places = [fact for place in facts("en", 40) + facts("zh", 40) for fact in place]
    rng = random.Random(3)
    for number in range(count):
        chosen = rng.choices(places, k=30)
        text = [f"# Paper {number}", *(fact.sentence for fact in chosen)]
        below = folder / f"{number % 20}"
        below.mkdir(exist_ok=True)
        match number % 10:
            case 0:
                write_pdf(below / f"{number}.pdf", ["\n".join(text[:15])] * 2)
            case 1:
                write_docx(below / f"{number}.docx", text)
            case 2:
                write_epub(below / f"{number}.epub", {"Chapter": text})
            case 3:
                (below / f"{number}.html").write_text("<p>".join(text))
            case _:
                (below / f"{number}.md").write_text("\n\n".join(text))
