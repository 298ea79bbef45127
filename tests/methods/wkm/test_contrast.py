"""Knowledge without a language model."""

import pytest

from tests.methods.wkm.learning import TASK, WIN, course, household
from worldlore.methods.wkm.contrast import Contrast, moments
from worldlore.methods.wkm.pairs import Pair, paired
from worldlore.methods.wkm.phrases import in_sight, listing, phrase


def test_a_phrase_tells_what_is_wanted_from_what_is_not():
    found = phrase("take mug 1 from desk 2", TASK.goal)
    assert (found.verb, found.words, found.wanted, found.others) == ("take", "take mug from desk", ("mug",), ("desk",))
    assert (found.told(True), found.told(False)) == ("take mug from desk", "take mug")
    assert in_sight("On desk 1 is a mug 3, a pen 1 and a mug 4.", TASK.goal) == ["mug 3", "mug 4"]
    assert [listing(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


@pytest.fixture(scope="module")
def pairs():
    own = {t.task.key: t for t in household(120, "random")}
    return paired(household(120), own)


def test_task_knowledge_says_where_to_look_what_not_to_do_and_the_workflow(pairs):
    contrast = Contrast(pairs)
    heating = next(pair for pair in pairs if pair.chosen.task.goal == "heat some cup and put it in fridge")
    assert contrast.workflow(heating.chosen) == ["take cup", "heat cup with microwave", "move cup to fridge"]
    text = contrast.task_knowledge(heating)
    assert text.startswith("When you have to heat some cup and put it in fridge, you should look for the cup in ")
    assert "You should not " in text and "stop before you take cup, heat cup with microwave and move cup" in text
    assert text.endswith("The action workflows are: take cup, heat cup with microwave, move cup to fridge.")


def test_task_knowledge_without_the_other_course_warns_of_nothing(pairs):
    alone = Contrast([Pair(pair.chosen) for pair in pairs])
    assert not any("should not" in alone.task_knowledge(Pair(pair.chosen)) for pair in pairs)


def test_state_knowledge_tells_what_is_done_and_in_sight(pairs):
    contrast = Contrast(pairs)
    heating = next(pair for pair in pairs if pair.chosen.task.goal == "heat some cup and put it in fridge")
    told = {step.decision.action: contrast.state_knowledge(seen) for seen, step in moments(heating.chosen)}
    actions = list(told)
    assert told[actions[0]] == "Done: nothing yet. In sight: nothing wanted."
    assert told["open fridge 1"] == "Done: nothing yet. In sight: fridge 1. The fridge 1 is closed."
    assert told["take cup 1 from cabinet 3"].startswith("Done: nothing yet. In sight: cup 1.")
    assert told["move cup 1 to fridge 1"].startswith("Done: take cup and heat cup with microwave. In sight: fridge 1.")


def test_an_action_that_did_nothing_is_told():
    seen = course("look", "fly", success=False)
    assert Contrast([Pair(WIN)]).state_knowledge(seen).endswith("The last action is not possible here.")


def test_knowledge_of_worlds_that_speak_otherwise_is_thin_but_there():
    win = course("search[red mug]", "click[buy]")
    assert "The action workflows are: search[red mug], click[buy]." in Contrast([Pair(win)]).task_knowledge(Pair(win))


def test_a_success_of_which_nothing_is_like_the_others_has_no_workflow():
    odd = [Pair(course(action)) for action in ("look", "jump", "sing")]
    assert Contrast(odd).task_knowledge(odd[0]) == f"When you have to {TASK.goal}, you should go straight at it."
