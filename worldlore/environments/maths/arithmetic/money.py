"""Problems about money: shopping, saving, and shares in percent."""

from __future__ import annotations

from worldlore.environments.maths.arithmetic.calculation import Unfit
from worldlore.environments.maths.arithmetic.story import Change, Kind, Story
from worldlore.environments.maths.arithmetic.words import GOODS, GROUPS

_PARTS = ("first", "second", "third", "fourth")


def _goods(story: Story) -> None:
    """One to three sorts of goods and what they cost together."""
    story.people(1)
    most = min(3, (story.size + 1) // 2)
    kinds = story.count(1, most) if most > 1 else 1
    costs = []
    for at, thing in enumerate(story.some(GOODS, kinds)):
        count, price = story.count(2, 12), story.count(2, 40)
        if at == 0:
            story.say(
                "{a} buys {n} {thing} at {price} euros each.",
                "{a} takes {n} {thing}, each of which costs {price} euros.",
                "In a shop, {a} pays {price} euros apiece for {n} {thing}.",
                n=count, thing=thing, price=price,
            )  # fmt: skip
        else:
            story.say(
                "Then come {n} {thing} at {price} euros each.",
                "There are also {n} {thing} for {price} euros apiece.",
                "{a} adds {n} {thing}, and each of the {thing} costs {price} euros.",
                n=count, thing=thing, price=price,
            )  # fmt: skip
        costs.append(story.work(_PARTS[at] if kinds > 1 else "cost", count, "*", price))
    total = costs[0]
    for cost in costs[1:]:
        total = story.work("cost", total, "+", cost)
    story.ask("How much does {a} pay?", "What does all of it cost, in euros?", "How many euros is that altogether?")


_delivery = Change(
    "bill", "+", (3, 25),
    ("Delivery costs {n} euros more.", "A fee of {n} euros is added.", "Wrapping adds {n} euros."),
    ("How much does {a} pay with the fee?", "What is the whole bill, in euros?"),
)  # fmt: skip
_voucher = Change(
    "rest", "-", (2, 60),
    ("A voucher takes {n} euros off.", "{a} has a voucher worth {n} euros.", "The shop takes {n} euros off."),
    ("How much is left to pay?", "What does {a} pay after that, in euros?"),
)  # fmt: skip


def _discount(story: Story) -> None:
    story.needs(2)
    now = story.now
    share = story.percent(now, (5, 10, 20, 25, 30, 40))
    story.say(
        "The price falls by {n} percent.", "There are {n} percent off that.", "{a} gets a discount of {n} percent.",
        n=share,
    )  # fmt: skip
    if story.left > 2 and story.happens(0.5):
        part = story.work("part", now, "*", share)
        off = story.work("off", part, "/", 100)
        story.work("price", now, "-", off)
    else:
        kept = story.work("times", now, "*", 100 - share)
        story.work("price", kept, "/", 100)
    story.ask("What is the price then, in euros?", "How much does {a} pay after the discount?")


def _change(story: Story) -> None:
    story.needs(1, last=True)
    now = story.now.value
    note = next((n for n in (20, 50, 100, 200, 500, 1000) if n > now and story.happens(0.7)), 0)
    if not note:
        raise Unfit("no note is that large")
    story.say("{a} hands over {n} euros.", "{a} pays with {n} euros.", n=note)
    story.work("change", note, "-", story.now)
    story.ask("How much change does {a} get?", "How many euros does {a} get back?")


_split = Change(
    "each", "/", (2, 9),
    ("{n} people share that equally.", "It is split evenly among {n} friends.", "{n} friends pay equal parts of it."),
    ("How many euros is that for each of them?", "What is the part of each, in euros?"),
    last=True,
)  # fmt: skip


def _weeks(story: Story) -> None:
    story.people(1)
    pocket, weeks = story.count(3, 40), story.count(3, 30)
    story.say(
        "{a} saves {n} euros a week for {weeks} weeks.",
        "For {weeks} weeks, {a} puts aside {n} euros every week.",
        "Every week {a} earns {n} euros, and keeps all of it for {weeks} weeks.",
        n=pocket, weeks=weeks,
    )  # fmt: skip
    story.work("saved", pocket, "*", weeks)
    story.ask("How much has {a} saved?", "How many euros does {a} have by then?")


def _two_savers(story: Story) -> None:
    if story.left < 3:
        _weeks(story)
        return
    story.people(2)
    first, second, weeks = story.count(3, 40), story.count(3, 40), story.count(3, 20)
    story.say(
        "{a} saves {n} euros a week and {b} saves {m}, both for {weeks} weeks.",
        "For {weeks} weeks, {a} and {b} put {n} and {m} euros a week into one box.",
        n=first, m=second, weeks=weeks,
    )  # fmt: skip
    both = story.work("week", first, "+", second)
    story.work("saved", both, "*", weeks)
    story.ask("How much have {a} and {b} saved together?", "How many euros do both have in all?")


_had = Change(
    "sum", "+", (5, 200),
    ("{n} euros were there before.", "The savings had {n} euros in them already.", "A gift adds {n} euros."),
    ("How many euros are there now?", "How much is that altogether?"),
)  # fmt: skip
_spent = Change(
    "kept", "-", (2, 300),
    ("Of this, {n} euros are spent.", "A repair costs {n} euros of it.", "{n} euros go to a friend."),
    ("How many euros are left?", "How much remains?"),
)  # fmt: skip


def _more_weeks(story: Story) -> None:
    story.needs(2)
    pocket, weeks = story.count(3, 30), story.count(2, 15)
    story.say("Then follow {m} weeks with {n} euros each.", "After that, {n} euros come in on each of {m} weeks.",
        n=pocket, m=weeks)  # fmt: skip
    total = story.now
    later = story.work("later", pocket, "*", weeks)
    story.work("total", total, "+", later)
    story.ask("How many euros is that in all?", "How much has come together?")


def _doubled(story: Story) -> None:
    times = story.count(2, 4)
    word = {2: "twice", 3: "three times", 4: "four times"}[times]
    story.say("A grandmother makes it {n} as much.", "By luck it becomes {n} that sum.", n=word)
    story.work("grown", story.now, "*", times)
    story.ask("How many euros is that?", "How much is it in the end?")


def _lacking(story: Story) -> None:
    story.needs(1, last=True)
    more = story.count(10, 400)
    goal = int(story.now.value) + more
    story.say("A bicycle costs {n} euros.", "The goal is {n} euros.", "What {a} wants costs {n} euros.", n=goal)
    story.work("lacking", goal, "-", story.now)
    story.ask("How many euros are still lacking?", "How much more is needed?")


def _members(story: Story) -> None:
    group = story.one(GROUPS)
    story.words["group"] = group
    whole = story.count(20, 600, 20)
    share = story.one((5, 10, 15, 20, 25, 30, 40, 60, 75))
    story.say(
        "A {group} has {n} people, and {m} percent of them are children.",
        "Of the {n} people of a {group}, {m} percent are children.",
        n=whole, m=share,
    )  # fmt: skip
    part = story.work("times", whole, "*", share)
    children = story.work("children", part, "/", 100)
    story.words["who"] = "children"
    story.ask("How many children are there?", "How many of the people are children?")
    if story.left and story.happens(0.5):
        story.say("The others are adults.", "All others are grown up; they are called the adults.")
        story.work("adults", whole, "-", children)
        story.words["who"] = "adults"
        story.ask("How many adults are there?", "How many of the people are adults?")


_joined = Change(
    "grown", "+", (2, 60),
    ("{n} more {who} join.", "Then {n} {who} more come."),
    ("How many {who} are there then?", "What is the number of {who} now?"),
)  # fmt: skip
_left = Change(
    "staying", "-", (2, 90),
    ("{n} of the {who} move away.", "Then {n} {who} leave."),
    ("How many {who} stay?", "How many {who} are left?"),
)  # fmt: skip


def _rise(story: Story) -> None:
    story.needs(2)
    now, share = story.now, story.percent(story.now, (5, 10, 20, 25, 50))
    story.say("The number of {who} rises by {n} percent.", "A year later there are {n} percent more {who}.", n=share)
    times = story.work("part", now, "*", 100 + share)
    story.work("risen", times, "/", 100)
    story.ask("How many {who} are there after the rise?", "How many {who} is that?")


_fees = Change(
    "money", "*", (2, 15),
    ("Each of the {who} pays {n} euros.", "The {who} bring {n} euros each."),
    ("How many euros come together?", "How much money is that in all?"),
    last=True,
)  # fmt: skip
_rows = Change(
    "row", "/", (2, 12),
    ("The {who} stand in {n} equal rows.", "The {who} form {n} teams of equal size."),
    ("How many {who} are in each?", "How many {who} is that for one of them?"),
    last=True,
)  # fmt: skip


SHOPPING = Kind(
    "shopping", _goods, (_delivery, _voucher, _discount, _change, _split, _delivery, _voucher, _discount),
    ("The shop opens at {n} o'clock.", "It is {n} minutes from home.", "{n} other people wait."),
)  # fmt: skip
SAVING = Kind(
    "saving", _two_savers, (_had, _spent, _doubled, _more_weeks, _lacking, _split, _spent, _had),
    ("{a} is {n} years old.", "The box was made {n} years ago.", "The bank is {n} minutes away."),
)  # fmt: skip
PERCENT = Kind(
    "percent", _members, (_joined, _left, _rise, _fees, _rows, _joined, _left),
    ("It was founded {n} years ago.", "They meet on {n} evenings a month.", "Its house has {n} windows."),
)  # fmt: skip
