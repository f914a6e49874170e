"""Random words, phrases and sentences, and pictures to draw, from `words.toml`."""

from collections.abc import Callable
from random import Random

from resources.demo_training.wording import Language, read

_TABLES = read("words.toml")
_EN, _ZH, _SHAPES = _TABLES["en"], _TABLES["zh"], _TABLES["pictures"]
_NOUNS, _ADJECTIVES, _VERBS, _ADVERBS, _PLACES, _SYLLABLES = (
    tuple(_EN[key].split())
    for key in ("nouns", "adjectives", "verbs", "adverbs", "places", "syllables")
)
_PEOPLE, _DOING = tuple(_EN["people"]), tuple(_EN["doing"])
_ZH_NOUNS, _ZH_ADJECTIVES, _ZH_VERBS, _ZH_NAMES = (
    tuple(_ZH[key].split()) for key in ("nouns", "adjectives", "verbs", "names")
)
_COMMON_HAN = (
    "".join(_ZH_NOUNS + _ZH_NAMES + _ZH_ADJECTIVES + _ZH_VERBS) + _ZH["characters"]
)
_THINGS, _COLOURS, _SIZES, _SCENES, _STYLES = (
    _SHAPES[key] for key in ("things", "colours", "sizes", "scenes", "styles")
)
_MEASURES = tuple(_ZH["measures"])


def _made_up(rng: Random) -> str:
    """Returns a word that does not exist."""
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randrange(2, 5)))


def any_word(rng: Random, language: Language) -> str:
    """Returns a noun of the lists, or a made-up word."""
    if language == "en":
        return rng.choice(_NOUNS) if rng.random() < 0.75 else _made_up(rng)
    if rng.random() < 0.75:
        return rng.choice(_ZH_NOUNS)
    return "".join(_han(rng) for _ in range(rng.randrange(1, 5)))


def _han(rng: Random) -> str:
    """Returns a Chinese character, sometimes any of twenty thousand."""
    if rng.random() < 0.08:
        return chr(rng.randrange(0x4E00, 0x9FA6))
    return rng.choice(_COMMON_HAN)


def name(rng: Random, language: Language) -> str:
    """Returns a person's or a place's name."""
    draw = rng.random()
    if language == "zh":
        if draw < 0.6:
            return rng.choice(_ZH_NAMES)
        return "".join(_han(rng) for _ in range(rng.randrange(2, 5)))
    if draw < 0.3:
        return rng.choice(_PLACES)
    if draw < 0.6:
        return rng.choice(_PEOPLE)
    return " ".join(_made_up(rng).capitalize() for _ in range(rng.choice((1, 2))))


def phrase(rng: Random, language: Language) -> str:
    """Returns what someone may search for: one to five words."""
    first, second = any_word(rng, language), any_word(rng, language)
    form = rng.choice(_TABLES[language]["phrases"])
    text = form.format(
        a=first,
        b=second,
        j=rng.choice(_ADJECTIVES if language == "en" else _ZH_ADJECTIVES),
        n=name(rng, language),
        y=rng.randrange(1900, 2030),
    )
    return text.title() if language == "en" and rng.random() < 0.05 else text


def sentence(rng: Random, language: Language) -> str:
    """Returns a sentence of a search result, full stop included."""
    return _sentence_en(rng) if language == "en" else _sentence_zh(rng)


def _sentence_en(rng: Random) -> str:
    words = [name(rng, "en") if rng.random() < 0.4 else f"The {any_word(rng, 'en')}"]
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        words += [rng.choice(_VERBS), rng.choice(("a", "the", "its", "one", "some"))]
        words += [rng.choice(_ADJECTIVES)] if rng.random() < 0.6 else []
        words += [any_word(rng, "en")]
        end = rng.random()
        if end < 0.2:
            words += ["in", name(rng, "en")]
        elif end < 0.35:
            words += ["in", str(rng.randrange(1000, 2030))]
        elif end < 0.45:
            words += ["of", f"{rng.randrange(10 ** rng.randrange(1, 6))}", "metres"]
        elif end < 0.55:
            words += [rng.choice(_ADVERBS)]
        words += [rng.choice(("and", "but", "which", ", that", "while"))]
    text = " ".join(words[:-1]).replace(" ,", ",")
    if rng.random() < 0.08:
        quoted = any_word(rng, "en")
        text += rng.choice((f" ({quoted})", f", known as {quoted}", f"'s {quoted}"))
    return text + ("." if rng.random() < 0.94 else rng.choice("!?"))


def _sentence_zh(rng: Random) -> str:
    text = name(rng, "zh") if rng.random() < 0.5 else any_word(rng, "zh")
    for part in range(rng.choice((1, 1, 2, 2, 3))):
        text += "，" if part else ""
        text += rng.choice(_ZH_VERBS)
        text += rng.choice(_ZH_ADJECTIVES) if rng.random() < 0.5 else ""
        text += any_word(rng, "zh")
        if rng.random() < 0.25:
            text += f"，{rng.randrange(1000, 2030)}年"
    return text + ("。" if rng.random() < 0.94 else rng.choice("！？"))


def _picture_en(rng: Random) -> tuple[str, str]:
    thing = rng.choice([*_THINGS, *_NOUNS]) if rng.random() < 0.85 else _made_up(rng)
    adjectives = [rng.choice([*_COLOURS, *_SIZES, *_ADJECTIVES])] * (rng.random() < 0.6)
    start = " ".join([*adjectives, thing])
    article = "an" if start[0] in "aeiou" else "a"
    parts = [f"{rng.choice((article, article, article, 'the', 'two'))} {start}"]
    parts += [rng.choice(_DOING)] * (rng.random() < 0.25)
    if rng.random() < 0.15:
        parts.append(f"and a {rng.choice([*_THINGS])}")
    parts += [rng.choice([*_SCENES])] * (rng.random() < 0.45)
    parts += [rng.choice([*_STYLES])] * (rng.random() < 0.12)
    return " ".join(parts), " ".join(parts)


def _picture_zh(rng: Random) -> tuple[str, str]:
    thing = rng.choice([*_THINGS])
    size = rng.choice([*_SIZES]) if rng.random() < 0.3 else ""
    colour = rng.choice([*_COLOURS]) if rng.random() < 0.45 else ""
    scene = rng.choice([*_SCENES]) if rng.random() < 0.45 else ""
    style = rng.choice([*_STYLES]) if rng.random() < 0.12 else ""
    link = "的" if colour and rng.random() < 0.75 else ""
    mark = "的" if size and (len(_SIZES[size]) > 1 or rng.random() < 0.2) else ""
    wanted = rng.choice(_MEASURES)
    wanted += _SIZES.get(size, "") + mark + _COLOURS.get(colour, "") + link
    wanted += _THINGS[thing]
    if scene:
        place = _SCENES[scene]
        forms = f"{place}的{wanted}", f"{wanted}在{place}", f"在{place}的{wanted}"
        wanted = rng.choice(forms)
    if style:
        word = _STYLES[style]
        wanted = rng.choice((f"{wanted}，{word}风格", f"{word}：{wanted}"))
    start = " ".join(part for part in (size, colour, thing) if part)
    article = "an" if start[0] in "aeiou" else "a"
    english = " ".join(p for p in (f"{article} {start}", scene, style) if p)
    return wanted, english


PICTURES: dict[Language, Callable[[Random], tuple[str, str]]] = {
    "en": _picture_en,
    "zh": _picture_zh,
}
