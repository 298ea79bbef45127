"""Small algebra: equations, two unknowns, sequences, and rectangles."""

from __future__ import annotations

from worldlore.environments.maths.arithmetic.calculation import Amount, Unfit
from worldlore.environments.maths.arithmetic.story import Change, Kind, Story

_LETTERS = "xyznkm"
_RESULT = {"x": "the result"}
_ASKED = ("What is the result?", "What number is that?")


def _equation(story: Story) -> None:
    """`f * x + s = r`, or the same as a riddle, solved backwards."""
    x, factor, shift = story.count(2, 60), story.count(2, 12), story.count(2, 90)
    minus = story.happens(0.5)
    right = factor * x + (-shift if minus else shift)
    if right <= 0:
        raise Unfit("the right side is not positive")
    letter = story.one(_LETTERS)
    story.words["x"] = letter
    sign = "-" if minus else "+"
    if story.left == 1:
        story.say("{x} {sign} {m} = {n}.", "It holds that {x} {sign} {m} is {n}.", sign=sign, m=shift, n=right)
        story.work(letter, right, "+" if minus else "-", shift)
    else:
        told = {"+": "add", "-": "subtract"}[sign]
        story.say(
            "{f} * {x} {sign} {m} = {n}.",
            "It holds that {f} * {x} {sign} {m} is {n}.",
            "Take a number {x} times {f} and {told} {m}: you get {n}.",
            f=factor, sign=sign, m=shift, n=right, told=told,
        )  # fmt: skip
        side = story.work("side", right, "+" if minus else "-", shift)
        story.work(letter, side, "/", factor)
    story.ask("What is {x}?", "Which number is {x}?", "Solve for {x}.")


def _both_sides(story: Story) -> None:
    """`f * x + s = g * x + r`."""
    if story.left < 3:
        _equation(story)
        return
    x, small, apart, shift = story.count(2, 30), story.count(2, 6), story.count(2, 6), story.count(2, 40)
    factor = small + apart
    right = apart * x + shift
    story.words["x"] = story.one(_LETTERS)
    story.say(
        "{f} * {x} + {m} = {g} * {x} + {n}.", "It holds that {f} * {x} + {m} is {g} * {x} + {n}.",
        f=factor, m=shift, g=small, n=right,
    )  # fmt: skip
    side = story.work("side", right, "-", shift)
    many = story.work("many", factor, "-", small)
    story.work(story.words["x"], side, "/", many)
    story.ask("What is {x}?", "Which number is {x}?", "Solve for {x}.")


def _defined(story: Story) -> None:
    factor, shift = story.count(2, 9), story.count(2, 30)
    story.needs(2)
    used = {step.name for step in story.steps}
    letter = story.one([letter for letter in "uvwpqrst" if letter not in used])
    story.say("Let {y} be {f} * {x} + {m}.", "Put {y} = {f} * {x} + {m}.", y=letter, f=factor, m=shift)
    part = story.work("part", factor, "*", story.now)
    story.work(letter, part, "+", shift)
    story.words["x"] = letter
    story.ask("What is {x}?", "Which number is {x}?")


def _less(story: Story) -> None:
    shift = story.below(story.now, 40)
    used = {step.name for step in story.steps}
    letter = story.one([letter for letter in "uvwpqrst" if letter not in used])
    story.say("Let {y} be {x} - {m}.", "Put {y} = {x} - {m}.", y=letter, m=shift)
    story.work(letter, story.now, "-", shift)
    story.words["x"] = letter
    story.ask("What is {x}?", "Which number is {x}?")


def _square(story: Story) -> None:
    if story.now.value > 40:
        raise Unfit("a large square")
    story.say("Multiply {x} by itself.", "Take the square of {x}.")
    story.work("square", story.now, "*", story.now)
    story.words["x"] = "the square"
    story.ask("What is the square?", "What do you get?")


def _two_unknowns(story: Story) -> None:
    """A sum and a difference."""
    small, apart = story.count(3, 200), story.count(2, 90)
    large = small + apart
    story.needs(2)
    story.say(
        "Two numbers add up to {n}, and their difference is {m}.",
        "x + y = {n} and x - y = {m}.",
        "The sum of two numbers is {n}; one is {m} larger than the other.",
        n=small + large, m=apart,
    )  # fmt: skip
    greater = story.happens(0.5)
    twice = story.work("twice", small + large, "+" if greater else "-", apart)
    story.work("x" if greater else "y", twice, "/", 2)
    if greater:
        story.words["x"] = "the larger of the two"
        story.ask("What is the larger of the two?", "How large is the greater number?")
    else:
        story.words["x"] = "the smaller of the two"
        story.ask("What is the smaller of the two?", "How large is the lesser number?")


def _legs(story: Story) -> None:
    """Heads and legs."""
    if story.left < 4:
        _two_unknowns(story)
        return
    cows, hens = story.count(3, 60), story.count(3, 60)
    story.say(
        "Cows and hens have {n} heads and {m} legs.", "On a farm, cows and hens have {m} legs and {n} heads.",
        n=cows + hens, m=4 * cows + 2 * hens,
    )  # fmt: skip
    least = story.work("least", 2, "*", cows + hens)
    extra = story.work("extra", 4 * cows + 2 * hens, "-", least)
    many = story.work("cows", extra, "/", 2)
    story.words["x"] = "the number of cows"
    story.ask("How many cows are there?", "What is the number of cows?")
    if story.happens(0.5):
        story.work("hens", cows + hens, "-", many)
        story.words["x"] = "the number of hens"
        story.ask("How many hens are there?", "What is the number of hens?")


_added = Change(
    "more", "+", (2, 80),
    ("Add {n} to {x}.", "To {x}, {n} is added."),
    _ASKED, words=_RESULT,
)  # fmt: skip
_taken = Change(
    "less", "-", (2, 80),
    ("Subtract {n} from {x}.", "Take {n} away from {x}."),
    _ASKED, words=_RESULT,
)  # fmt: skip
_times = Change(
    "product", "*", (2, 9),
    ("Multiply {x} by {n}.", "Take {x} times {n}."),
    _ASKED, words=_RESULT,
)  # fmt: skip
_parts = Change(
    "quotient", "/", (2, 9),
    ("Divide {x} by {n}.", "Split {x} into {n} equal parts."),
    _ASKED, words=_RESULT,
)  # fmt: skip


def _rest(story: Story) -> None:
    by = story.count(3, 9)
    story.needs(1, last=True)
    story.say("Divide {x} by {n}.", "Go from {x} down in steps of {n}.", n=by)
    story.work("remainder", story.now, "%", by)
    story.ask("What is the remainder?", "What is left at the end?")


def _term(story: Story) -> None:
    """The n-th term of a sequence, and its sum."""
    first, gap, place = story.count(1, 40), story.count(2, 15), story.count(5, 40)
    story.words["x"] = "that last number"
    if story.left < 3 or story.happens(0.35):
        times = story.count(2, min(4, story.left))
        story.say(
            "A sequence starts with {n} and doubles {m} times.", "Start with {n} and double it {m} times.",
            n=first, m=times,
        )  # fmt: skip
        doubled: Amount | int = first
        for _ in range(times):
            doubled = story.work("doubled", doubled, "*", 2)
        story.ask("What is the last number?", "Which number does it reach?")
        return
    story.say(
        "A sequence starts with {n} and grows by {m} at every step.",
        "The numbers {n}, {n2}, {n3} go on in this way.",
        n=first, m=gap, n2=first + gap, n3=first + 2 * gap,
    )  # fmt: skip
    if str(first + gap) in story.told[-1]:
        gap_term: Amount | int = story.work("gap", first + gap, "-", first)
    else:
        gap_term = gap
    gaps = story.work("gaps", place - 1, "*", gap_term)
    last = story.work("last", first, "+", gaps)
    story.words["x"] = f"number {place} of it"
    story.ask("What is number {place} of it?", "What is the number in place {place}?", place=place)
    if story.left >= 3 and story.happens(0.5):
        ends = story.work("ends", first, "+", last)
        doubled_sum = story.work("twice", ends, "*", place)
        story.work("sum", doubled_sum, "/", 2)
        story.words["x"] = f"the sum of its first {place} numbers"
        story.ask("What is the sum of its first {place} numbers?", place=place)


def _rectangle(story: Story) -> None:
    story.words["place"] = story.one(("field", "garden", "hall", "room", "square", "yard"))
    long, wide = story.count(5, 60), story.count(3, 40)
    given = story.happens(0.6) or story.left < 2
    if given:
        story.say(
            "A {place} is {n} metres long and {m} metres wide.", "A {place} measures {n} by {m} metres.", n=long, m=wide
        )
        width: Amount | int = wide
    else:
        longer = story.count(2, 20)
        long = wide + longer
        story.say(
            "A {place} is {n} metres long, and its width is {m} metres less.",
            "The length of a {place} is {n} metres; it is {m} metres less wide.",
            n=long, m=longer,
        )  # fmt: skip
        width = story.work("width", long, "-", longer)
    if story.left >= 2 and story.happens(0.5):
        half = story.work("half", long, "+", width)
        story.work("around", 2, "*", half)
        story.words["what"] = "metres around it"
        story.ask("How many metres is it around?", "How long is a fence around it, in metres?")
    else:
        story.work("area", long, "*", width)
        story.words["what"] = "square metres"
        story.ask("How many square metres is that?", "What is its area, in square metres?")


_price = Change(
    "cost", "*", (2, 15),
    ("Each of the {what} costs {n} euros.", "One pays {n} euros for each of the {what}."),
    ("How many euros is that?", "What does it cost, in euros?"),
)  # fmt: skip


def _gate(story: Story) -> None:
    if story.steps[-1].name[:4] not in ("area", "arou", "rest"):
        raise Unfit("these are no metres")
    less = story.below(story.now, 20)
    story.say("Of the {what}, {n} are left free.", "{n} of the {what} are not used.", n=less)
    story.work("rest", story.now, "-", less)
    story.ask("How many {what} remain?", "How many {what} are left?")


_workers = Change(
    "part", "/", (2, 10),
    ("{n} workers do equal parts of that.", "That is done in {n} days, the same every day."),
    ("How much is one part?", "How large is one of the parts?"),
)  # fmt: skip


def _several(story: Story) -> None:
    count = story.count(2, 9)
    story.say("There are {n} of the same kind.", "{n} like it are planned.", n=count)
    story.work("several", count, "*", story.now)
    story.ask("How much is that for all?", "What do all of them come to?")


EQUATION = Kind(
    "equation", _both_sides, (_defined, _less, _square, _defined, _less),
    ("The page has {n} lines.", "This is exercise {n}.", "It is from lesson {n}."),
)  # fmt: skip
UNKNOWNS = Kind(
    "unknowns", _legs, (_added, _taken, _times, _parts, _rest, _added, _taken),
    ("This is exercise {n}.", "It is a riddle from page {n}.", "It was set {n} years ago."),
)  # fmt: skip
SEQUENCE = Kind(
    "sequence", _term, (_added, _taken, _times, _parts, _rest, _added),
    ("This is exercise {n}.", "It is from page {n}.", "It takes {n} minutes."),
)  # fmt: skip
AREA = Kind(
    "area", _rectangle, (_price, _gate, _workers, _several, _gate),
    ("It lies {n} minutes from here.", "It is {n} years old.", "{n} trees grow there."),
)  # fmt: skip
