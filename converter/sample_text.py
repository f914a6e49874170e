"""The text on which a verification compares predictions: English, Chinese and code.

Written for this program, and under its licence. Some 300 tokens for MOSS-003.
"""

SAMPLE_TEXT = """\
A small harbour town wakes up early. Before the first ferry leaves, the baker has \
already carried twelve trays of bread across the square, and the smell of it reaches \
the boats. "You are late," says the captain, although both of them know that she is \
not. What would happen if the ferry did not come at all? For a day, nobody would \
mind; after a week, the shops would run out of coffee.
请问怎样才能学好一门外语？首先要多听多说，不要害怕犯错。每天用十五分钟复习学过的单词，\
比周末一口气学三个小时更有效。其次，可以找一位以这门语言为母语的朋友，互相帮助，\
一起聊聊天气、美食和各自的家乡。
def mean(values):
    \"\"\"Returns the average of some numbers, or 0 where there are none.\"\"\"
    total = 0
    for value in values:
        total += value
    return total / len(values) if values else 0

print(mean([2, 3, 7]))  # 4.0
The same in mathematics: the mean of n numbers is their sum, divided by n. If x = 2, \
then 3x + 4 = 10. 如果 x 等于 5，那么答案就是 19。
"""
