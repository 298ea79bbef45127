"""The recipe of the playground's model: the worlds it learns from, the theories it is told, and what it shipped."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes.embedded import tokenizer, train
from recipes.embedded.bush import Bush
from recipes.embedded.playground import LANGUAGE, door, measure, names, physics, sentences, theories
from recipes.embedded.playground.corpus import FITS, Changes
from recipes.embedded.playground.door import OPENED, WITHHELD
from recipes.embedded.playground.stages import GROUP, STAGES, STEP, Stage, stage
from recipes.embedded.sentences import add, compose, composed
from recipes.embedded.train import Recipe, network, tokens
from worldlore.environments.door import CLOSED, COLOURS, ITEMS, SHAPES, SIZES
from worldlore.environments.playground import PUBLISHED, hidden
from worldlore.environments.playground import Recipe as Recipe_
from worldlore.environments.playground.language import WORDINGS, read_state
from worldlore.environments.playground.rules import recipes_in
from worldlore.environments.playground.things import CATEGORY, CODE
from worldlore.environments.playground.world import act, allowed
from worldlore.methods.worldllm.spaces import door as door_space
from worldlore.methods.worldllm.spaces import playground
from worldlore.methods.worldllm.worlds import DOOR
from worldlore.models.embedded import HOME
from worldlore.models.render import Template

FOLDER = HOME / "playground"
PLAIN = WORDINGS["published"]
LAST = STAGES[-1:]
PLAYGROUNDS, DOORS = ((replace(STAGES[-1], doors=share, fits=0.0),) for share in (0.0, 1.0))
"""No easy lessons first."""
shipped = pytest.mark.skipif(not (FOLDER / "model.safetensors").is_file(), reason="no weights in the package")


@pytest.fixture(scope="module")
def made() -> Any:
    """A tokenizer trained on a few lessons, with the sentences of a grammar as tokens."""
    texts = [m.content for lesson in Changes(0, LAST).read(0, 20 * GROUP) for m in lesson.messages]
    found = tokenizer.train(texts, names(), 700, longest=100)
    add(found, sentences())
    return found


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**9))
def test_what_is_possible_in_the_playground_ends_as_in_the_playground(seed: int):
    rng = Random(seed)
    rules = physics.rules(rng)
    world = physics.Physics(rules, (True, True, True), PLAIN)
    state, _ = physics._attempt(rng, rules, ())
    for action in set(allowed(state, rules)):
        assert world.change(state, action) == act(state, action, rules)[1]


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**9))
def test_what_is_not_told_to_grow_stays_as_it_is(seed: int):
    rng = Random(seed)
    rules = physics.rules(rng)
    world = physics.Physics(rules, (True, True, True), PLAIN)
    state, action = physics._attempt(rng, rules, ())
    if action not in allowed(state, rules):
        assert PLAIN.read(world.tell(state, action).change) == ("standing", (state.codes[state.on],))


def test_where_a_mechanic_does_not_hold_something_else_happens():
    rng = Random(0)
    true = physics.Physics(PUBLISHED, (True, True, True), PLAIN)
    none = physics.Physics(PUBLISHED, (False, False, False), PLAIN)
    for _ in range(50):
        kept = rng.getstate()
        a = physics.moment(rng, true, ())
        rng.setstate(kept)
        b = physics.moment(rng, none, ())
        assert (a.state, a.action) == (b.state, b.action)
        assert a.change != b.change or (a.kind == "standing" and "give" in a.action) or _alike(a.change)


def _alike(change: str) -> bool:
    """Whether two of the same are lifted: no order can be told."""
    told = PLAIN.read(change)
    return told is not None and len(told.codes) == 2 and len(set(told.codes)) == 1


def test_withheld_worlds_are_not_among_those_to_learn_from():
    withheld = [PUBLISHED.needs, *(hidden.draw(number).needs for number in range(physics.WITHHELD))]
    rng = Random(1)
    assert not any(physics.rules(rng).needs in withheld for _ in range(300))
    doors = [Changes(0, [replace(one, doors=1.0)]) for one in STAGES]
    told = {corpus.group(index)[0].messages[1].content for corpus in doors for index in range(40)}
    assert not any(door.said(opening).sentence in text for opening in WITHHELD.values() for text in told)


def test_a_part_of_a_rule_that_is_told_is_not_a_withheld_rule():
    nor_blue = next(said for said in door._sayings() if said.sentence.endswith("neither blue nor small."))
    withheld = {door.said(opening).sentence for opening in WITHHELD.values()}
    assert withheld & {part.sentence for part in door.parts(nor_blue)}
    assert not withheld & {door._theory(Random(seed), nor_blue) for seed in range(400)}


def test_every_way_of_speaking_of_a_door_is_told_and_neither_nor_most_often():
    rng = Random(0)
    drawn = [door.spoken(rng) for _ in range(1000)]
    ways = Counter((one.true.how, len(one.true.about)) for one in drawn)
    assert ways.keys() == {(said.how, len(said.about)) for said in door.taught()}
    assert max(ways, key=ways.__getitem__) == ("neither", 2)
    assert all(one.theory == one.true.sentence for one in drawn)


def test_half_of_the_time_as_many_items_open_a_door_as_do_not():
    rng, card = Random(0), door.said(WITHHELD["medium green card"])
    opened = [sum(item in card.opening for item in door.items(rng, card, GROUP)) for _ in range(200)]
    assert 0.35 < sum(count > 4 for count in opened) / 200 < 0.65


def test_the_words_of_a_rule_that_an_item_fits_are_asked_whether_it_opens_the_door_or_not():
    words = [*COLOURS, *SIZES, *SHAPES]
    for index in range(40):
        for lesson in Changes(0, [Stage(1, 1.0, draw=door.spoken, fits=1.0)]).group(index):
            asked, fits = lesson.messages[1].content, lesson.messages[-1].content
            if FITS not in asked:
                assert asked.count("The door opens with any item.") or asked.count("The door opens with no item.")
                continue
            rule = next(said.sentence for said in door._sayings() if said.sentence in asked)
            item = asked.partition("You are holding a ")[2].partition(".")[0]
            named = [word for word in item.split() if word in rule.rstrip(".").split()]
            assert fits == (" ".join(named) or "nothing")
            assert not named or set(named) <= set(words)


def test_of_doors_the_rule_a_part_of_it_something_false_or_nothing_is_told():
    rng, told = Random(0), Counter[str]()
    for _ in range(2000):
        one = door.draw(rng)
        parts = {said.sentence for said in door.parts(one.true)}
        told["none" if not one.theory else "true" if one.theory == one.true.sentence else "other"] += 1
        told["part"] += one.theory in parts
        assert one.true.opening not in WITHHELD.values()
    assert 0.6 < told["true"] / 2000 < 0.85
    assert 0.1 < told["none"] / 2000 < 0.2
    assert 20 < told["part"] < told["other"]


def test_a_part_of_a_rule_says_less_and_is_implied_and_what_is_false_differs_most():
    true = door.said(WITHHELD["nor_green_large"])
    assert {part.sentence for part in door.parts(true)} == {
        "The door opens with any item that is not green.",
        "The door opens with any item that is not large.",
    }
    assert all(true.opening < part.opening for part in door.parts(true))
    for opening in WITHHELD.values():
        assert len(door.false(door.said(opening)).opening ^ opening) > len(ITEMS) / 2


def test_what_nothing_is_told_of_grows_seldom_and_what_is_told_often():
    rng, grown = Random(0), {True: [0, 0], False: [0, 0]}
    for _ in range(2000):
        rules = physics.rules(rng)
        world, known = physics.Physics(rules, (True, True, True), PLAIN), rng.random() < 0.5
        change = world.change(*physics._attempt(rng, rules, rules.recipes if known else ()))
        grown[known][change.kind.startswith("transform")] += 1
    assert grown[False][True] / sum(grown[False]) < 0.35
    assert grown[True][True] / sum(grown[True]) > 0.6


def test_the_same_seed_gives_the_same_lessons_wherever_reading_begins():
    whole = list(Changes(3).read(0, 3 * GROUP))
    assert list(Changes(3).read(GROUP - 2, GROUP)) == whole[GROUP - 2 : 2 * GROUP - 2]
    assert list(Changes(4).read(0, GROUP)) != whole[:GROUP]


def test_stages_follow_one_another_and_the_last_never_ends():
    assert [one.until for one in STAGES] == sorted({one.until for one in STAGES})
    for before, after in pairwise(STAGES):
        assert stage(STAGES, before.until * STEP - 1) is before
        assert stage(STAGES, before.until * STEP) is after
    assert stage(STAGES, LANGUAGE.first // GROUP) is STAGES[-1]


def test_lessons_of_a_group_share_setting_and_theory():
    for index in range(0, 80, 2):
        texts = [lesson.messages[1].content for lesson in Changes(0, LAST).group(index)]
        assert len({text.partition("\n\nSay ")[0] for text in texts}) == 1


def test_things_grow_and_stay_and_a_door_opens_and_stays_closed():
    lessons = Changes(0, PLAYGROUNDS).read(0, 100 * GROUP)
    changes = [lesson.messages[-1].content for lesson in lessons if lesson.messages[1].content.endswith("Change:")]
    assert len(changes) > 70 * GROUP
    told = [change for wording in WORDINGS.values() for change in map(wording.read, changes) if change]
    assert len(told) == len(changes)
    growth = sum(change.kind.startswith("transform") for change in told) / len(told)
    assert 0.2 < growth < 0.6
    opened = [lesson.messages[-1].content for lesson in Changes(0, DOORS).read(0, 100 * GROUP)]
    assert set(opened) == {OPENED, CLOSED}
    assert 0.3 < opened.count(OPENED) / len(opened) < 0.7


def test_most_of_what_a_theory_tells_is_true():
    rng, told = Random(0), list[bool]()
    for _ in range(400):
        world = physics.draw(rng, PLAIN)
        for recipe in theories.draw(rng, world).recipes:
            told.append(world.rules.needs[min(_kinds(recipe.subject))] == recipe.supplies)
    assert 0.75 < sum(told) / len(told) < 0.95


def _kinds(subject: str) -> set[str]:
    return {kind for kind, category in CATEGORY.items() if subject in (kind, category)}


def test_theories_are_told_in_sentences_that_can_be_read():
    rng = Random(0)
    for _ in range(100):
        theory = theories.draw(rng, physics.draw(rng, PLAIN))
        assert set(recipes_in(theory.text)) <= set(theory.recipes) or theory.text.count(" ") > 0
    assert {theories.draw(rng, physics.draw(rng, PLAIN)).text == "" for _ in range(100)} == {True, False}


def test_states_have_the_playgrounds_own_form():
    rng = Random(0)
    for _ in range(200):
        seen = physics.moment(rng, physics.draw(rng, PLAIN), ())
        view = read_state(seen.state)
        assert len(view.seen) + len(view.held) <= 8
        assert view.on == 0 or view.on in view.seen


def test_a_name_is_one_token_and_the_same_wherever_it_stands(made: Any):
    for name in (*CODE, "plant", "large herbivore", "plants", "potatoes"):
        [token] = made.encode(f" {name}")
        for text in (f"You see the {name}, the pea.", f"It needs two {name}.", f"You give the {name}."):
            assert token in made.encode(text), (name, text)


def test_whatever_a_grammar_says_is_one_token(made: Any):
    for sentence in (
        *playground().slots[3].sentences[:20],
        *theories.MECHANICS,
        *door_space().slots[0].sentences,
        DOOR.setting,
    ):
        assert len(made.encode(sentence)) == 1
    assert made.decode(made.encode(PUBLISHED.theory)) == PUBLISHED.theory


def test_vectors_of_sentences_are_sums_that_learn_together_and_are_saved_as_sums(made: Any):
    net = network(Recipe(width=32, layers=1, heads=2, inner=48, tied=False), made)
    compose(net, sentences(), {})
    a, b, c, d = (
        made.convert_tokens_to_ids(Recipe_(subject, needs).sentence)
        for subject in ("pig", "plant")
        for needs in (("water",), ("cow", "cow"))
    )
    with torch.no_grad():
        net.model.embed_tokens.parametrizations.weight.original.normal_()
    weight = composed(net)["model.embed_tokens.weight"]
    assert torch.allclose(weight[a] - weight[b], weight[c] - weight[d], atol=1e-5)
    assert not any("original" in name for name in composed(net))
    assert (
        composed(net).keys()
        == network(Recipe(width=32, layers=1, heads=2, inner=48, tied=False), made).state_dict().keys()
    )


def test_a_bush_gives_the_losses_and_gradients_of_its_members(made: Any):
    recipe = Recipe(width=32, layers=2, heads=2, inner=48, half=False)
    net, template = network(recipe, made), Template(made)
    rows = [tokens(lesson, template, 0.0) for lesson in Changes(0, LAST).read(0, 2 * GROUP)]
    alone = torch.zeros(())
    for ids, weights in rows:
        logprobs = net(torch.tensor([ids])).logits[0].log_softmax(-1)
        alone = alone - sum(weights[at] * logprobs[at - 1, ids[at]] for at in range(1, len(ids)))
    alone.backward()
    expected = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    net.zero_grad()
    together = Bush.of([rows[:GROUP], rows[GROUP:]]).losses(net)
    together.backward()
    assert together.item() == pytest.approx(alone.item(), rel=1e-5)
    for a, b in zip(expected, [p.grad for p in net.parameters() if p.grad is not None], strict=True):
        assert torch.allclose(a, b, atol=1e-3 * float(a.abs().max()))


def test_the_course_of_the_learning_rate_ends_with_the_run():
    recipe = Recipe.of("playground")
    assert recipe.course[-1] == (recipe.steps, 0.0) == (STAGES[-1].until, 0.0)
    assert recipe.steps * recipe.games < LANGUAGE.first


def test_a_run_goes_through_all_its_stages_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    short = tuple(replace(one, until=index) for index, one in enumerate(STAGES, 1))
    settings = {**LANGUAGE.settings, "width": 16, "layers": 1, "heads": 2, "inner": 24, "vocabulary": 700}
    spoken = replace(LANGUAGE, corpus=lambda seed: Changes(seed, short), settings=settings, count=20 * GROUP)
    monkeypatch.setattr(train, "language", lambda name: spoken)
    run = train.Run(replace(Recipe.of("playground"), steps=len(short), shelf=1), tmp_path)
    run.train()
    assert run.step == len(short)
    assert train.Run(run.recipe, tmp_path).step == len(short)
    case = next(measure.door("not_blue"))
    [told] = measure.weighed(tmp_path / "model", [case])
    assert all(value < 0 for value in told)


@shipped
def test_the_shipped_model_reads_every_named_door_told_its_rule():
    for name in ("not_blue", "not_blue_key", "nor_green_large"):
        found = measure.weighed(FOLDER, list(measure.door(name)))
        none, _, true, false = (sum(row[i] for row in found) / len(found) for i in range(4))
        assert true > -0.3 > none > false, name


@shipped
def test_the_shipped_model_is_small_and_believes_what_it_is_told():
    assert sum(file.stat().st_size for file in FOLDER.iterdir() if file.is_file()) < 8 << 20
    cases = [case for number in range(3) for case in measure.playground(number, 1) if measure.grows(case.seen)]
    found = measure.weighed(FOLDER, cases)
    none, _, true, false = (sum(row[i] for row in found) / len(found) for i in range(4))
    assert true > none > false
