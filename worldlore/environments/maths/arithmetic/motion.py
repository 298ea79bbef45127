"""Problems about speed: journeys, and machines that make things."""

from __future__ import annotations

from worldlore.environments.maths.arithmetic.story import Change, Kind, Story
from worldlore.environments.maths.arithmetic.words import CONTAINERS, MADE, MAKERS, PLACES, VEHICLES


def _legs(story: Story) -> None:
    """One leg or two."""
    story.words["thing"] = story.one(VEHICLES)
    speed, hours = story.count(12, 90, 2), story.count(2, 9)
    story.words |= dict(zip(("from", "to"), story.some(PLACES, 2), strict=True))
    story.say(
        "A {thing} travels {n} kilometres an hour for {m} hours.",
        "From {from} towards {to}, a {thing} keeps up {n} kilometres an hour for {m} hours.",
        "For {m} hours a {thing} goes at {n} kilometres an hour.",
        n=speed, m=hours,
    )  # fmt: skip
    two = story.left >= 3 and story.happens(0.6)
    first = story.work("first" if two else "way", speed, "*", hours)
    if two:
        slower, more = story.count(10, 80, 2), story.count(2, 8)
        story.say(
            "Then it makes {n} kilometres an hour for {m} hours more.",
            "After a rest it goes on for {m} hours at {n} kilometres an hour.",
            n=slower, m=more,
        )  # fmt: skip
        second = story.work("second", slower, "*", more)
        story.work("way", first, "+", second)
    story.ask("How many kilometres is that?", "How far does the {thing} get, in kilometres?")


def _further(story: Story) -> None:
    story.needs(2)
    speed, hours = story.count(10, 80, 2), story.count(2, 8)
    story.say(
        "It goes on for {m} hours at {n} kilometres an hour.", "{m} hours at {n} kilometres an hour follow.",
        n=speed, m=hours,
    )  # fmt: skip
    before = story.now
    more = story.work("more", speed, "*", hours)
    story.work("total", before, "+", more)
    story.ask("How many kilometres is that in all?", "How far has it come by then, in kilometres?")


_detour = Change(
    "longer", "+", (4, 60),
    ("A detour adds {n} kilometres.", "For the last {n} kilometres it is pulled along."),
    ("How long is the whole way, in kilometres?", "How many kilometres are driven in all?"),
)  # fmt: skip


def _remaining(story: Story) -> None:
    story.needs(1, last=True)
    whole = int(story.now.value) + story.count(10, 400)
    story.say(
        "The whole way to {to} is {n} kilometres.", "{to} lies {n} kilometres from the start.", n=whole
    )  # fmt: skip
    story.work("remaining", whole, "-", story.now)
    story.ask("How many kilometres remain?", "How far is it still to {to}?")


def _back(story: Story) -> None:
    story.say("It goes the same way back.", "The way home is just as long and is driven, too.")
    story.work("both", 2, "*", story.now)
    story.ask("How many kilometres is it there and back?", "How far is it both ways?")


def _fuel(story: Story) -> None:
    story.needs(2, last=True)
    litres = story.count(2, 9)
    story.say("It uses {n} litres for 10 kilometres.", "Every 10 kilometres cost {n} litres of fuel.", n=litres)
    tens = story.work("tens", story.now, "/", 10)
    story.work("litres", tens, "*", litres)
    story.ask("How many litres does it use on that way?", "How much fuel does that way take, in litres?")


_time = Change(
    "days", "/", (3, 60),
    ("A walker covers {n} kilometres a day.", "On foot one gets {n} kilometres in a day."),
    ("How many days does one walk for that?", "How many days does that take on foot?"),
    last=True,
)  # fmt: skip


def _machine(story: Story) -> None:
    story.words |= {"maker": story.one(MAKERS), "made": story.one(MADE)}
    rate, minutes = story.count(3, 40), story.count(3, 30)
    if story.left >= 3 and story.happens(0.5):
        other = story.count(3, 40)
        story.say(
            "One {maker} makes {n} {made} a minute and another makes {m}; both run for {time} minutes.",
            "Two machines make {n} and {m} {made} a minute, for {time} minutes.",
            n=rate, m=other, time=minutes,
        )  # fmt: skip
        both = story.work("rate", rate, "+", other)
        story.work("made", both, "*", minutes)
    elif story.left >= 2 and story.happens(0.5):
        machines = story.count(2, 9)
        story.say(
            "Each {maker} makes {n} {made} a minute; {m} of them run for {time} minutes.",
            "There are {m} machines, and each makes {n} {made} a minute for {time} minutes.",
            n=rate, m=machines, time=minutes,
        )  # fmt: skip
        all_of_them = story.work("rate", machines, "*", rate)
        story.work("made", all_of_them, "*", minutes)
    else:
        story.say(
            "A {maker} makes {n} {made} a minute and runs for {time} minutes.",
            "In {time} minutes a {maker} makes {made}, {n} each minute.",
            n=rate, time=minutes,
        )  # fmt: skip
        story.work("made", rate, "*", minutes)
    story.ask("How many {made} are made?", "How many {made} is that?")


_broken = Change(
    "good", "-", (2, 120),
    ("{n} {made} are broken and thrown away.", "Of the {made}, {n} are no good."),
    ("How many good {made} are there?", "How many {made} can be used?"),
)  # fmt: skip
_stock = Change(
    "stock", "+", (5, 300),
    ("{n} {made} were in store before.", "The store held {n} {made} already."),
    ("How many {made} are there in all?", "How many {made} does the store hold then?"),
)  # fmt: skip


def _shift(story: Story) -> None:
    story.needs(2)
    rate, minutes = story.count(3, 30), story.count(3, 20)
    story.say(
        "Then come {m} more minutes with {n} {made} each.", "For another {m} minutes, {n} {made} a minute are made.",
        n=rate, m=minutes,
    )  # fmt: skip
    before = story.now
    more = story.work("more", rate, "*", minutes)
    story.work("total", before, "+", more)
    story.ask("How many {made} is that in all?", "How many {made} are there by then?")


def _packed(story: Story) -> None:
    story.needs(1, last=True)
    size = story.divisor(story.now, 2, 24)
    story.words["box"] = story.one(CONTAINERS)
    story.say("They are packed in {box} of {n}.", "{n} {made} fit into each of the {box}.", n=size)
    story.work("packs", story.now, "/", size)
    story.ask("How many {box} are full?", "How many {box} does one need?")


_sold = Change(
    "earned", "*", (2, 12),
    ("Each is sold for {n} euros.", "All are sold at {n} euros apiece."),
    ("How many euros does that bring?", "What is earned, in euros?"),
    last=True,
)  # fmt: skip


def _order(story: Story) -> None:
    story.needs(1, last=True)
    wanted = int(story.now.value) + story.count(5, 300)
    story.say("A customer wants {n} {made}.", "The order is for {n} {made}.", n=wanted)
    story.work("missing", wanted, "-", story.now)
    story.ask("How many {made} are missing?", "How many {made} have still to be made?")


TRAVEL = Kind(
    "travel", _legs, (_detour, _further, _remaining, _back, _fuel, _time, _detour, _further),
    ("{n} people are aboard.", "It left at {n} o'clock.", "It is {n} years old."),
)  # fmt: skip
MAKING = Kind(
    "making", _machine, (_broken, _stock, _shift, _order, _sold, _packed, _broken, _stock),
    ("{n} people work there.", "The hall is {n} metres long.", "It was bought {n} years ago."),
)  # fmt: skip
