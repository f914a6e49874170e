"""Requests for web search and for pictures.

Search results are random sentences, so that the model learns to copy any first
sentence and not to know facts. A picture's description is the user's own words in
English and comes from a small fixed lexicon in Chinese.
"""

from random import Random

from resources.demo_training.layout import Turn, results_field
from resources.demo_training.wording import Language, wording
from resources.demo_training.words import (
    PICTURES,
    any_word,
    name,
    phrase,
    sentence,
)

SEARCH_THOUGHT = {"en": "The user wants a web search.", "zh": "用户想搜索。"}
IMAGE_THOUGHT = {"en": "The user wants a picture.", "zh": "用户想要一幅画。"}
NOTHING_FOUND = {"en": "I found nothing about this.", "zh": "没有找到相关内容。"}
IMAGE_DONE = "Image generated successfully."
IMAGE_ANSWER = {"en": "Here is your picture.", "zh": "这是你要的图画。"}


def _query(rng: Random, language: Language) -> tuple[str, str]:
    """Returns a request and its query."""
    chosen = rng.choice(wording(language).searches)
    fields = {
        "q": phrase(rng, language),
        "n": name(rng, language),
        "w": any_word(rng, language),
    }
    request, _, query = chosen.partition("|")
    question = request.format(**fields)
    if language == "en" and not query and rng.random() < 0.15:
        question = question.lower()
    if not query and rng.random() < 0.25:
        question = question.rstrip("?？")
    return question, query.format(**fields) or question


def search_turn(rng: Random, language: Language) -> Turn:
    """Returns a turn that looks something up and quotes the first result."""
    question, query = _query(rng, language)
    call = f'Search("{query}")'
    body = f"{call} =>\n"
    answer = NOTHING_FOUND[language]
    if rng.random() < 0.06:
        body += "No result.\n"
    else:
        # Results may come in the other language, the quotation stays as it is.
        other = "en" if language == "zh" else "zh"
        spoken = language if rng.random() < 0.9 else other
        size = rng.choices((1, 2, 3), (6, 2, 2))[0]
        for index in range(1, size + 1):
            first = sentence(rng, spoken)
            more = rng.choices((0, 1, 2), (7, 2, 1))[0] if size < 3 else 0
            gap = " " if spoken == "en" else ""
            text = gap.join([first, *(sentence(rng, spoken) for _ in range(more))])
            if rng.random() < 0.15:
                text += rng.choice(("…", "...", gap + sentence(rng, spoken)[:12] + "…"))
            body += f"<|{index}|>: {text!r}\n"
            if index == 1:
                answer = f"{first}<sup><|1|></sup>"
    return Turn(
        kind="search",
        question=question,
        thought=SEARCH_THOUGHT[language],
        command=call,
        results=results_field(body),
        answer=answer,
    )


def image_turn(rng: Random, language: Language) -> Turn:
    """Returns a turn that draws a picture."""
    wanted, description = PICTURES[language](rng)
    question = rng.choice(wording(language).drawings).format(wanted)
    done = f" {IMAGE_DONE}" if rng.random() < 0.5 else f"\n{IMAGE_DONE}\n"
    answer = IMAGE_ANSWER[language]
    if rng.random() < 0.04:
        done = rng.choice((" No result.", "\nNo result.\n"))
        answer = {"en": "The picture could not be made.", "zh": "图画没有做成。"}[
            language
        ]
    return Turn(
        kind="image",
        question=question,
        thought=IMAGE_THOUGHT[language],
        command=f'Text2Image("{description}")',
        results=done,
        answer=answer,
    )
