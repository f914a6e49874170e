"""Words that tell nothing of what a question is about."""

from typing import Final

_ENGLISH: Final = (
    "a about after all also am an and any are as at be been before being between both "
    "but by can could did do does doing done each ever few for from get gets give had "
    "has have having he her here hers him his how i if in into is it its itself just "
    "many may me might more most much must my no nor not of off on once only or other "
    "our out over own please s same she should so some such t tell than that the their "
    "them then there these they this those through to too under until up upon us very "
    "was we were what when where which while who whom whose why will with would you "
    "your"
)
ENGLISH: Final = frozenset(_ENGLISH.split())

_ASKING: Final = (
    "什么时候 什么地方 什么样 什么 甚么 怎么样 怎么 怎样 如何 为什么 为何 为啥 多少 "
    "几个 几时 哪里 哪儿 哪个 哪些 哪位 哪一年 哪一个 哪年 哪种 哪 谁 何时 何地 何处 "
    "是不是 是否 有没有 能不能 请问 请告诉我 告诉我 你知道 知道 吗 呢 吧 啊 呀 的 了"
)
ASKING: Final = tuple(_ASKING.split())
"""Chinese, of which a longer one goes before what it begins with."""
