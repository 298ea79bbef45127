"""A statistician that takes theories at their word: never wrong when told the truth, and told nothing, no guesser."""

from math import log

import pytest

from tests.methods.theorising import DOOR, PLAYGROUND, practice
from tests.methods.worldllm.test_rollouts import WORDS, played, tasks
from worldlore.config import Config
from worldlore.environments.door import ITEMS, NAMED, kind_of, rule_of
from worldlore.environments.playground import rules_of
from worldlore.environments.playground.language import WORDINGS
from worldlore.experience import Transition
from worldlore.methods.worldllm.explorers.rollout import told
from worldlore.methods.worldllm.inference import together
from worldlore.methods.worldllm.literal import Literal, LiteralConfig, answer, foretold
from worldlore.methods.worldllm.spaces import doors
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.worlds import world_of
from worldlore.models import MODELS


@pytest.mark.parametrize("world", [None, *range(6)])
@pytest.mark.parametrize("wording", ["published", "reworded"])
def test_the_true_theory_foretells_all_that_happens(world, wording):
    chosen = tasks(**({} if world is None else {"rules": "random", "world": world}))
    rollout, _ = played(chosen, steps=60)
    words = WORDINGS[wording]
    theory = rules_of(chosen[0].data).theory
    for step in together(told(rollout, {task.id: task for task in chosen}, words)):
        assert foretold(theory, step.state, step.action, words) == step.change
        if step.kind.startswith("transform"):
            assert foretold("", step.state, step.action, words) is None


def test_every_sentence_of_doors_is_taken_at_its_word():
    for sentence, (_, opening) in doors().items():
        for item in ITEMS:
            assert (kind_of(answer(sentence, item)) == "opened") == (item in opening)
    assert {rule.sentence for rule in NAMED.values()} <= doors().keys()
    assert answer("Doors are magic.", ITEMS[0]) is None


def test_a_statistician_hears_from_it_what_the_theory_says(tmp_path):
    here = practice(tmp_path, DOOR, Literal())
    door = Statistician(here, world_of(here.stage.environment(), here.tasks))
    item = next(item for item in ITEMS if item not in rule_of(here.tasks[0].data).opening)
    seen = [Transition("The door is closed.", item.sentence, "The door is closed.", "closed")]
    found = door.weigh([rule_of(here.tasks[0].data).sentence, NAMED["all_true"].sentence, ""], seen)
    assert found.ravel() == pytest.approx([log(0.9), log(0.005), log(0.05)])
    here = practice(tmp_path / "p", PLAYGROUND, Literal(LiteralConfig(told=0.5)))
    room = Statistician(here, world_of(here.stage.environment(), here.tasks))
    step = Transition("You see the pig. In your inventory, there is nothing.", "You go to the pig.", "", "standing")
    assert room.weigh([""], [step])[0, 0] == pytest.approx(log(0.005))
    assert room.weigh([""], [Transition(step.state, step.action, WORDS.standing.format("pig"))])[0, 0] == log(0.5)


def test_it_can_be_named_in_a_page():
    model = MODELS.build({"name": "worldlore.methods.worldllm.literal:Literal", "told": 0.8})
    assert model.can == {"score"}
    assert isinstance(model.config, Config) and "0.8" in model.identity
