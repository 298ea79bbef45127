"""Problems about people and their things: sharing, comparing, and ages."""

from __future__ import annotations

from worldlore.environments.maths.arithmetic.story import Change, Kind, Story
from worldlore.environments.maths.arithmetic.words import CONTAINERS, KEPT

_TIMES = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}


def _boxes(story: Story) -> None:
    story.people(2)
    story.words |= {"thing": story.one(KEPT), "box": story.one(CONTAINERS)}
    boxes, each = story.count(2, 15), story.count(4, 40)
    story.say(
        "{a} has {n} {box} with {m} {thing} in each.",
        "There are {m} {thing} in each of the {n} {box} that {a} owns.",
        "{a} fills {n} {box}, and every one holds {m} {thing}.",
        n=boxes, m=each,
    )  # fmt: skip
    story.work("all_things", boxes, "*", each)
    story.ask("How many {thing} does {a} have?", "How many {thing} are that?")


_loose = Change(
    "more", "+", (2, 50),
    ("{n} {thing} lie beside them.", "{a} finds {n} {thing} more.", "{b} gives {a} {n} more {thing}."),
    ("How many {thing} does {a} have now?", "How many {thing} are there altogether?"),
)  # fmt: skip
_lost = Change(
    "kept", "-", (2, 80),
    ("{a} loses {n} of the {thing}.", "{n} {thing} fall into a well.", "{a} gives {n} {thing} to {b}."),
    ("How many {thing} does {a} keep?", "How many {thing} are left to {a}?"),
)  # fmt: skip
_shared = Change(
    "each", "/", (2, 12),
    ("{n} children share the {thing} equally.", "The {thing} are dealt out evenly to {n} children."),
    ("How many {thing} does each child get?", "How many {thing} is that for every child?"),
    last=True,
)  # fmt: skip
_over = Change(
    "over", "%", (3, 12),
    ("They are put in heaps of {n}, as far as they go.", "{a} makes heaps of {n} {thing} each."),
    ("How many {thing} are left over?", "How many {thing} are in no heap?"),
    last=True,
)  # fmt: skip


def _traded(story: Story) -> None:
    story.needs(2)
    gone, came = story.below(story.now, 20), story.count(2, 30)
    story.say(
        "{a} trades {n} {thing} for {m} others.", "{b} takes {n} {thing} and brings {m} for them.", n=gone, m=came
    )
    rest = story.work("rest", story.now, "-", gone)
    story.work("after", rest, "+", came)
    story.ask("How many {thing} does {a} have after that?", "How many {thing} does that make?")


def _multiplied(story: Story) -> None:
    story.needs(1, last=True)
    times = story.count(2, 5)
    story.say("{b} has {n} as many {thing}.", "That is nothing: {b} owns {n} as many.", n=_TIMES[times])
    story.work("others", times, "*", story.now)
    story.ask("How many {thing} does {b} have?", "How many {thing} belong to {b}?")


def _compared(story: Story) -> None:
    """Two or three owners, the last one's number told and the others' from it."""
    story.people(3)
    story.words["thing"] = story.one(KEPT)
    base, more, times = story.count(4, 60), story.count(2, 30), story.count(2, 5)
    fewer = more < base and story.happens(0.4)
    told = [
        story.one(("{b} has {m} {more} {thing} than {c}.", "There are {m} {more} {thing} with {b} than with {c}.")),
        story.one(("{c} has {n} {thing}.", "{n} {thing} belong to {c}.")),
    ]
    for sentence in reversed(told) if story.happens(0.5) else told:
        story.say(sentence, n=base, m=more, more="fewer" if fewer else "more")
    second = story.work("second", base, "-" if fewer else "+", more)
    if story.left == 1 and story.happens(0.3):
        story.work("both", second, "+", base)
        story.ask("How many {thing} do {b} and {c} have together?", "How many {thing} is that for {b} and {c}?")
        return
    story.say("{a} has {n} as many as {b}.", "{n} as many as {b} has belong to {a}.", n=_TIMES[times])
    first = story.work("first", times, "*", second)
    story.ask("How many {thing} does {a} have?", "How many {thing} belong to {a}?")
    if story.left > 1:
        both = story.work("both", first, "+", second)
        story.work("together", both, "+", base)
        story.ask("How many {thing} do all three have?", "How many {thing} are that for all three?")
    elif story.left and story.happens(0.5):
        story.work("together", first, "+", second)
        story.ask("How many {thing} do {a} and {b} have together?", "How many {thing} is that for {a} and {b}?")
    elif story.left:
        story.work("difference", first, "-", base)
        story.ask("How many more {thing} does {a} have than {c}?", "By how many {thing} is {a} ahead of {c}?")


_all_more = Change(
    "more", "+", (2, 50),
    ("The three buy {n} {thing} more.", "Then all three together find {n} {thing}."),
    ("How many {thing} do all three have then?", "How many {thing} are that for the three?"),
)  # fmt: skip
_all_fewer = Change(
    "left", "-", (2, 60),
    ("The three lose {n} {thing}.", "{n} {thing} of the three are stolen."),
    ("How many {thing} do all three keep?", "How many {thing} are left to the three?"),
)  # fmt: skip
_sold_off = Change(
    "money", "*", (2, 9),
    ("So many are sold for {n} euros each.", "One pays {n} euros for each of so many {thing}."),
    ("How many euros is that?", "How much money does that bring?"),
    last=True,
)  # fmt: skip


def _ages(story: Story) -> None:
    """Ages that follow from one another."""
    story.people(3)
    base, more, times = story.count(3, 20), story.count(2, 15), story.count(2, 4)
    younger = base > more and story.happens(0.4)
    told = ["{c} is {n} years old.", "{b} is {m} years {older} than {c}."]
    for sentence in reversed(told) if story.happens(0.5) else told:
        story.say(sentence, n=base, m=more, older="younger" if younger else "older")
    second = story.work("second", base, "-" if younger else "+", more)
    story.words["who"] = story.words["b"]
    story.ask("How old is {b}?", "What is the age of {b}?")
    if story.happens(0.7):
        story.say("{a} is {n} as old as {b}.", "The age of {a} is {n} that of {b}.", n=_TIMES[times])
        first = story.work("first", times, "*", second)
        story.words["who"] = story.words["a"]
        story.ask("How old is {a}?", "What is the age of {a}?")
        if story.left == 1 and story.happens(0.6):
            story.work("sum", first, "+", second)
            story.ask("How old are {a} and {b} together?", "What is the sum of the ages of {a} and {b}?")


_later = Change(
    "later", "+", (2, 20),
    ("Then {n} years pass.", "{n} years go by."),
    ("How old is {who} then?", "What is the age of {who} by then?"),
)  # fmt: skip
_earlier = Change(
    "earlier", "-", (2, 15),
    ("Go back {n} years from there.", "Look at the time {n} years before that."),
    ("How old was {who} then?", "What was the age of {who} at that time?"),
)  # fmt: skip


def _house(story: Story) -> None:
    times = story.count(2, 4)
    story.say("The house is then {n} as old as {who}.", "{n} that age is then the age of the house.", n=_TIMES[times])
    story.work("house", times, "*", story.now)
    story.words["who"] = "the house"
    story.ask("How old is the house then?", "What is the age of the house at that time?")


def _dog(story: Story) -> None:
    story.say("A dog is then half as old as {who}.", "Half that age is then the age of a dog.")
    story.work("dog", story.now, "/", 2)
    story.words["who"] = "the dog"
    story.ask("How old is the dog then?", "What is the age of the dog at that time?")


def _months(story: Story) -> None:
    story.needs(1, last=True)
    story.say("Count in months.", "A year has 12 months.")
    story.work("months", story.now, "*", 12)
    story.ask("How many months old is {who}?", "What is the age of {who} in months?")


SHARING = Kind(
    "sharing", _boxes, (_loose, _lost, _shared, _over, _traded, _multiplied, _lost, _loose),
    ("{b} is {n} years old.", "The room has {n} doors.", "They play for {n} hours."),
)  # fmt: skip
COMPARING = Kind(
    "comparing", _compared, (_all_more, _all_fewer, _all_more, _all_fewer, _shared, _sold_off),
    ("{a} lives {n} streets away.", "They have been friends for {n} years.", "{b} has {n} cousins."),
)  # fmt: skip
AGES = Kind(
    "ages", _ages, (_later, _earlier, _house, _dog, _months, _later, _earlier),
    ("They live at number {n}.", "{b} has {n} books.", "Their cat weighs {n} pounds."),
)  # fmt: skip
