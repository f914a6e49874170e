"""Made-up facts in two languages: sentences, and questions that each answers.

Every place has every property, in wordings that differ, so that each question has
sentences about the same place and sentences about the same property for distractors.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

FACTS_OF_A_PLACE = 8


@dataclass(frozen=True)
class Fact:
    """A sentence, and a question that it answers."""

    sentence: str
    question: str


@dataclass(frozen=True)
class _Words:
    names: tuple[tuple[str, ...], tuple[str, ...]]
    people: tuple[tuple[str, ...], tuple[str, ...]]
    materials: tuple[str, ...]
    templates: tuple[tuple[tuple[str, str], ...], ...]
    filler: tuple[str, ...]


def facts(language: str, places: int, seed: int = 5) -> list[list[Fact]]:
    """The facts of each place."""
    words = _LANGUAGES[language]
    rng = random.Random(f"{language} {seed}")
    names = [a + b for a in words.names[0] for b in words.names[1]]
    rng.shuffle(names)
    return [list(_of(name, words, rng)) for name in names[:places]]


def filler(language: str, rng: random.Random) -> str:
    """A sentence that answers nothing."""
    words = _LANGUAGES[language]
    return rng.choice(words.filler).format(n=rng.randint(2, 90))


def _of(name: str, words: _Words, rng: random.Random) -> Iterator[Fact]:
    for wordings in words.templates:
        sentence, question = rng.choice(wordings)
        values = {
            "name": name,
            "year": rng.randint(1650, 1990),
            "n": rng.randint(11, 980),
            "person": rng.choice(words.people[0]) + rng.choice(words.people[1]),
            "material": rng.choice(words.materials),
        }
        yield Fact(sentence.format(**values), question.format(**values))


_ENGLISH = _Words(
    names=(
        ("Avel", "Bren", "Cald", "Dorm", "Eskel", "Farn", "Grim", "Holt", "Ivel"),
        ("stead", "wick", "mouth", "by", "haven", "ford", "dale", "ness", "thorpe"),
    ),
    people=(
        ("Clara ", "Edwin ", "Maud ", "Oscar ", "Ruth ", "Silas ", "Thea ", "Wilfred "),
        ("Ashdown", "Birkett", "Copley", "Drummond", "Ellery", "Fairfax", "Goodwin"),
    ),
    materials=("slate", "granite", "red brick", "oak", "limestone", "tin", "thatch"),
    templates=(
        (
            (
                "The lighthouse of {name} was finished in {year} after a long dispute.",
                "When was the lighthouse of {name} finished?",
            ),
            (
                "In {year} the builders completed {name}'s lighthouse on the cliff.",
                "In which year did builders complete the lighthouse in {name}?",
            ),
        ),
        (
            (
                "Its museum in {name} keeps {n} ship models from the old harbour.",
                "How many ship models does the museum in {name} keep?",
            ),
            (
                "Visitors of {name} find {n} models of ships in the museum.",
                "What is the number of ship models in the museum of {name}?",
            ),
        ),
        (
            (
                "The bridge at {name} was designed by {person}, who never saw it open.",
                "Who designed the bridge at {name}?",
            ),
            (
                "{person} drew the plans for the bridge that leads into {name}.",
                "Who drew plans for the bridge into {name}?",
            ),
        ),
        (
            (
                "Most roofs in {name} are covered with {material} from close by.",
                "What are most roofs in {name} covered with?",
            ),
            (
                "In {name} roofers have always used {material} for the houses.",
                "Which material do roofers use in {name}?",
            ),
        ),
        (
            (
                "The mayor of {name} is called {person} and keeps bees.",
                "What is the name of the mayor of {name}?",
            ),
            (
                "Since the last election {person} has been mayor of {name}.",
                "Who is the mayor of {name} since the election?",
            ),
        ),
        (
            (
                "The river at {name} is {n} metres wide below the mill.",
                "How wide is the river at {name}?",
            ),
            (
                "Near the mill of {name} the river widens to {n} metres.",
                "To how many metres does the river widen near the mill of {name}?",
            ),
        ),
        (
            (
                "A fire destroyed the market hall of {name} in the winter of {year}.",
                "When did a fire destroy the market hall of {name}?",
            ),
            (
                "The market hall in {name} burned down in {year} with its archives.",
                "What year did the market hall in {name} burn down?",
            ),
        ),
        (
            (
                "The railway reached {name} in {year}, two decades behind the canal.",
                "When did the railway reach {name}?",
            ),
            (
                "Trains have stopped at {name} since {year}, when the line was opened.",
                "Since what year have trains stopped at {name}?",
            ),
        ),
    ),
    filler=(
        "The weather there changes quickly, and nobody minds.",
        "About {n} people come to the fair every spring.",
        "Fishing was once the main trade along the coast.",
        "The path to the hill takes {n} minutes on a dry day.",
        "A bridge, a mill and a river are what every town needs.",
        "The lighthouse keeper's daughter wrote {n} letters about it.",
        "Of the railway and its museum little is known today.",
    ),
)

_CHINESE = _Words(
    names=(
        ("青石", "白马", "云溪", "长林", "红枫", "金沙", "玉泉", "龙潭", "雁门"),
        ("镇", "村", "县", "湾", "岭", "堡", "寨", "桥头", "渡口"),
    ),
    people=(
        ("陈", "林", "周", "苏", "沈", "顾", "韩", "秦"),
        ("子安", "明远", "雨桐", "思源", "文博", "晓岚", "景行"),
    ),
    materials=("青瓦", "花岗岩", "红砖", "石灰岩", "木板", "茅草", "铁皮"),
    templates=(
        (
            ("{name}的灯塔建成于{year}年。", "{name}的灯塔是哪一年建成的？"),
            (
                "{year}年，工匠们在悬崖上修好了{name}的灯塔。",
                "{name}的灯塔是什么时候修好的？",
            ),
        ),
        (
            (
                "{name}博物馆收藏了{n}件船模。",
                "{name}的博物馆收藏了多少件船模？",
            ),
            (
                "在{name}的博物馆里可以看到{n}艘船的模型。",
                "{name}博物馆里有几艘船的模型？",
            ),
        ),
        (
            (
                "{name}的石桥由{person}设计。",
                "请问{name}的石桥是谁设计的？",
            ),
            (
                "{person}画出了通往{name}那座桥的图纸。",
                "谁画了通往{name}的桥的图纸？",
            ),
        ),
        (
            (
                "{name}的屋顶大多用{material}铺成。",
                "{name}的屋顶大多用什么铺成？",
            ),
            (
                "{name}的老房子一直使用{material}盖顶。",
                "{name}的老房子用哪种材料盖顶？",
            ),
        ),
        (
            ("{name}的负责人名叫{person}，喜欢养蜂。", "{name}的负责人叫什么名字？"),
            (
                "上次选举之后，{person}成为{name}的负责人。",
                "选举之后谁成为了{name}的负责人？",
            ),
        ),
        (
            ("{name}磨坊下游的河宽{n}米。", "{name}磨坊下游的河有多宽？"),
            ("河流到{name}一带时宽达{n}米。", "河流到{name}一带有多少米宽？"),
        ),
        (
            (
                "{year}年冬天，一场大火烧毁了{name}的集市大厅。",
                "大火是什么时候烧毁{name}的集市大厅的？",
            ),
            (
                "{name}的集市大厅毁于{year}年的火灾。",
                "{name}的集市大厅毁于哪一年的火灾？",
            ),
        ),
        (
            ("{year}年铁路通到了{name}。", "铁路何时通到{name}？"),
            (
                "自{year}年通车以来，火车一直在{name}停靠。",
                "火车从哪一年起在{name}停靠？",
            ),
        ),
    ),
    filler=(
        "那里的天气变化很快，没有人在意。",
        "每年春天大约有{n}人来赶集。",
        "从前渔业是沿海的主要行业。",
        "晴天的时候，走到山顶需要{n}分钟。",
        "每个镇子都需要一座桥、一座磨坊和一条河。",
        "守灯塔的人的女儿写过{n}封信。",
        "关于铁路和博物馆，如今知道的人不多了。",
    ),
)

_LANGUAGES = {"en": _ENGLISH, "zh": _CHINESE}
