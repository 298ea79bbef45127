"""A planning world of the user's own, without prompt files of its own: played by act, and learned in."""

from pathlib import Path

from tests.methods.learnact.stage import asked, fenced, learner, method, practice
from tests.toys import Pages
from worldlore.agents.act import Act
from worldlore.environments import ENVIRONMENTS
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import Episode, Limits, Stage

FILES = Path(__file__).parents[3] / "examples" / "pddl"
GARDEN = {
    "name": "pddl",
    "domain": str(FILES / "domain.pddl"),
    "problems": str(FILES / "two-beds.pddl"),
    "train": str(FILES / "one-bed.pddl"),
}
TEND = '''def tend(seed, bed, store, tap):
    """Fetch a seed from the store, fill the can, sow and water the bed, and come back to the tap."""
    walk(tap, store)
    take(seed, store)
    walk(store, tap)
    fill(tap)
    walk(tap, bed)
    sow(seed, bed)
    water(bed)
    return walk(bed, tap)
'''
ONE_BED = ('take("can", "hut"); walk("hut", "well")', 'tend("beans", "north-bed", "hut", "well")')
TWO_BEDS = (
    'walk("well", "north-bed"); take("can", "north-bed"); walk("north-bed", "well")',
    ONE_BED[1],
    'tend("peas", "south-bed", "hut", "well")',
    'walk("well", "hut"); leave("can", "hut")',
)


def garden():
    return ENVIRONMENTS.build({"name": "programs", "inner": GARDEN})


def plays(request) -> str:
    """A player who knows both tasks by heart."""
    lines = TWO_BEDS if "south-bed" in request.messages[0].content else ONE_BED
    return lines[sum(m.role == "assistant" for m in request.messages) % len(lines)]


def test_an_action_learned_in_a_world_of_ones_own_solves_its_test():
    says = {"creation": fenced(TEND, ONE_BED[1]), "usage": fenced("\n".join(ONE_BED)), "description": "Tends a bed."}
    pages, policy = Pages(), Scripted.of(plays, identity="gardener")
    here = practice(pages, learner(says), policy, given=garden().tasks("train"), make=garden)
    lesson = method(samples=1, iterations=1).learn(Act(), here)
    assert [(action.name, action.failures) for action in lesson.actions] == [("tend", 0)]
    assert [case.success for case in lesson.cases] == [True]
    for call in asked(pages, "creation"):
        text = call.request.messages[0].content
        assert "The world:\nYou act in a small world." in text
        assert "- fill(t): t is a tap; when at t, have can, not full can; then full can\n" in text
    stage = Stage(garden, {"policy": policy}, Limits(steps=8)).with_lesson(lesson)
    (played,) = stage.play(Act().with_lesson(lesson), [Episode(task) for task in garden().tasks("test")])
    assert (played.success, len(played.steps)) == (True, 4)
    opening = played.steps[0].calls[0].request.messages[0].content
    assert opening.startswith("You act in a small world.")
    assert "tend(seed, bed, store, tap): Tends a bed." in opening


def test_a_player_of_commands_is_told_how_to_ask_what_can_be_done():
    policy = Scripted.of(["check valid actions", "walk well hut", "fly home"], repeat=True)
    stage = Stage(lambda: ENVIRONMENTS.build(GARDEN), {"policy": policy}, Limits(steps=3))
    (played,) = stage.play(Act(), [Episode(task) for task in stage.environment().tasks("test")])
    assert '"check valid actions" lists every command' in played.steps[0].calls[0].request.messages[0].content
    assert played.steps[1].observation.text.startswith("Valid actions are: walk well hut, walk well north-bed")
    assert [step.info["valid"] for step in played.steps] == [True, True, False]
