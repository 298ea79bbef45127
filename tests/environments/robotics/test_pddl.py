"""Environment "pddl": a user's own files are played as they are written, and bad ones are refused by their fault."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.robotics import domain_to_pddl, problem_to_pddl
from worldlore.environments.robotics.files import read_domain, read_problem
from worldlore.environments.robotics.own import Pddl
from worldlore.environments.robotics.search import find_plan
from worldlore.environments.robotics.world import World
from worldlore.errors import ConfigError, EnvironmentFailure

GARDEN = Path(__file__).parents[3] / "examples" / "pddl"

DOMAIN = """
(define (domain lamps)
  (:requirements :strips :typing :negative-preconditions :equality)
  (:types lamp room - object big-lamp - lamp)
  (:constants me - object)
  (:predicates (on ?l - lamp) (in ?x - object ?r - room) (dark))
  (:action go :parameters (?from ?to - room)
    :precondition (and (in me ?from) (not (= ?from ?to)))
    :effect (and (in me ?to) (not (in me ?from))))
  (:action check-lamp :parameters (?l - lamp ?r - room)
    :precondition (and (in me ?r) (in ?l ?r) (not (on ?l)))
    :effect (and (on ?l) (not (dark)))))
"""
PROBLEM = """
(define (problem evening)
  (:domain lamps)
  (:objects hall Cellar - room first - lamp second - big-lamp)
  (:init (dark) (in me hall) (in first hall) (in second cellar))
  (:goal (and (on first) (on second) (not (dark)))))
"""


def garden(**keys: object) -> Pddl:
    table = {"name": "pddl", "domain": str(GARDEN / "domain.pddl"), "problems": str(GARDEN / "*-bed*.pddl")}
    return ENVIRONMENTS.build(table | keys)


def own(folder: Path, domain: str = DOMAIN, problem: str = PROBLEM) -> Pddl:
    (folder / "domain.pddl").write_text(domain)
    (folder / "evening.pddl").write_text(problem)
    table = {"name": "pddl", "domain": str(folder / "domain.pddl"), "problems": [str(folder / "evening.pddl")]}
    return ENVIRONMENTS.build(table)


def test_the_example_keeps_the_contract_and_is_solved() -> None:
    table = {"name": "pddl", "domain": str(GARDEN / "domain.pddl"), "problems": [str(GARDEN / "one-bed.pddl")]}
    table["train"] = [str(GARDEN / "two-beds.pddl")]
    findings = list(check(partial(ENVIRONMENTS.build, table), ["train", "test"]))
    assert [finding for finding in findings if not finding.passed] == []
    env = garden()
    for task, length in zip(env.tasks("test"), (7, 19), strict=True):
        env.reset(task, 0)
        outcomes = [env.step(env.expert() or "") for _ in range(length)]
        assert outcomes[-1].success and sum(outcome.reward for outcome in outcomes) == pytest.approx(1.0)
        assert env.expert() is None


def test_a_world_of_ones_own_is_told_with_its_types_and_as_it_is_written(tmp_path: Path) -> None:
    env = own(tmp_path)
    [task] = env.tasks("test")
    assert env.reset(task, 0).text == (
        "Cellar is a room. Dark. First is a lamp. Hall is a room. In first hall. In me hall. In second cellar. "
        "Second is a big-lamp.\nThe goal is to make all of this true: it is not so that dark, on first, on second."
    )
    assert task.goal in env.reset(task, 0).text
    assert env.tasks("train") == ()
    assert task.data["family"] == "lamps" and task.data["index"] == 0


def test_an_operator_may_be_called_check(tmp_path: Path) -> None:
    env = own(tmp_path)
    env.reset(env.tasks("test")[0], 0)
    outcome = env.step("check-lamp first hall")
    assert outcome.info == {"valid": True, "progress": pytest.approx(2 / 3)}
    assert "On first." in outcome.observation.text and "Dark." not in outcome.observation.text
    assert env.step("check valid actions").observation.text.startswith("Valid actions are: go hall cellar, check valid")


def test_what_must_not_hold_and_must_not_be_the_same_is_kept(tmp_path: Path) -> None:
    env = own(tmp_path)
    seen = env.reset(env.tasks("test")[0], 0)
    assert seen.actions == ("check-lamp first hall", "go hall cellar")
    assert not env.step("go hall hall").info["valid"]
    env.step("check_lamp FIRST hall")
    assert not env.step("check-lamp first hall").info["valid"]
    plan = [env.expert() for _ in range(2) if env.step(env.expert() or "").info["valid"]]
    assert plan[-1] is None


def test_operators_become_functions_with_names_python_allows() -> None:
    signatures = [primitive.signature for primitive in garden().primitives]
    assert "walk(from_, to)" in signatures
    walk = next(primitive for primitive in garden().primitives if primitive.name == "walk")
    assert walk.render(["hut", "well"]) == "walk hut well"
    assert walk.about == (
        "from_ is a spot, to is a spot; when at from_, path from_ to, from_ is not to; then at to, not at from_"
    )
    take = next(primitive for primitive in garden().primitives if primitive.name == "take")
    assert take.about == "s is a spot; when at s, lies x s; then have x, not lies x s"


def test_what_must_not_be_the_same_as_a_constant_is_told_by_its_whole_name(tmp_path: Path) -> None:
    domain = DOMAIN.replace("me - object)\n", "me - object attic - room)\n", 1)
    env = own(tmp_path, domain=domain.replace("(not (= ?from ?to))", "(not (= ?to attic))"))
    go = next(primitive for primitive in env.primitives if primitive.name == "go")
    assert "when in me from_, to is not attic; then" in go.about


def test_what_is_written_as_pddl_is_read_as_the_same(tmp_path: Path) -> None:
    domain = read_domain(GARDEN / "domain.pddl")
    problem = read_problem(GARDEN / "two-beds.pddl", domain)
    (tmp_path / "d.pddl").write_text(domain_to_pddl(domain))
    (tmp_path / "p.pddl").write_text(problem_to_pddl(problem))
    again = read_domain(tmp_path / "d.pddl")
    assert again == domain
    assert read_problem(tmp_path / "p.pddl", again) == problem


@pytest.mark.parametrize("name", ["gripper", "blockworld", "barman", "tyreworld"])
def test_our_worlds_are_read_back_as_they_are_written(name: str, tmp_path: Path) -> None:
    env = ENVIRONMENTS.build({"name": name})
    problem = env.family.problem(env.family.published[0])
    read = own(tmp_path, domain_to_pddl(problem.domain), problem_to_pddl(problem))
    [task] = read.tasks("test")
    read.reset(task, 0)
    ours, theirs = World(problem), read._playing().scene.world  # pyright: ignore[reportPrivateUsage]
    assert theirs.atoms == ours.atoms and theirs.start == ours.start and theirs.goal == ours.goal
    assert set(theirs.moves) == set(ours.moves)


def test_a_plan_is_found_where_breadth_alone_does_not_reach() -> None:
    env = ENVIRONMENTS.build({"name": "gripper"})
    world = World(env.family.problem(env.family.published[2]))
    plan = find_plan(world, world.start, near=200)
    assert plan is not None
    state = world.start
    for at, move in plan:
        assert at == state and move.possible(state)
        state = move.after(state)
    assert world.won(state)


def test_an_expert_that_finds_no_plan_gives_no_advice(tmp_path: Path) -> None:
    env = own(tmp_path, DOMAIN.replace("(on ?l) (not (dark))", "(on ?l) (not (dark)) (not (in me ?r))"))
    env.reset(env.tasks("test")[0], 0)
    assert env.expert() is None


ACTION = "(:action go :parameters (?from ?to - room)"
BAD_DOMAINS = {
    "not closed": (DOMAIN.rstrip()[:-1], r"domain\.pddl, line .*, column"),
    "no domain": ("this is no pddl", r"line 1, column 1"),
    "when": (DOMAIN.replace("(not (dark))))", "(when (dark) (not (dark)))))"), "conditional effect"),
    "forall": (DOMAIN.replace("(not (dark))))", "(forall (?x - lamp) (on ?x))))"), r"quantified effect"),
    "exists": (DOMAIN.replace("(in ?l ?r) (not", "(exists (?x - lamp) (on ?x)) (not"), r"\(exists\) is not supported"),
    "or": (DOMAIN.replace("(in me ?r) (in ?l ?r)", "(or (in me ?r) (in ?l ?r))"), r"\(or\) is not supported"),
    "imply": (DOMAIN.replace("(in me ?r) (in ?l ?r)", "(imply (dark) (in ?l ?r))"), "imply"),
    "costs": (
        DOMAIN.replace("(dark))\n", "(dark)) (:functions (total-cost) - number)\n", 1),
        r":functions\) is not supported",
    ),
    "derived": (
        DOMAIN.replace(ACTION, "(:derived (dark) (on me)) " + ACTION).replace(":strips", ":strips :derived-predicates"),
        "derived predicate",
    ),
    "either": (DOMAIN.replace("?l - lamp)", "?l - (either lamp room))", 1), "either"),
    "undeclared": (DOMAIN.replace("(not (dark))))", "(not (drak))))"), "'drak' is not declared; declared are dark, in"),
    "arity": (DOMAIN.replace("(in me ?from) (not (=", "(in me) (not (="), "1 terms, and 'in' takes 2"),
    "type": (DOMAIN.replace("(in ?l ?r)", "(in ?r ?l)"), "and room is asked for"),
    "unknown type": (DOMAIN.replace("?to - room", "?to - rom", 1), "rom"),
    "parameter": (DOMAIN.replace("(in me ?to) (not", "(in me ?too) (not"), "too"),
    "durative": (DOMAIN.replace(":equality", ":durative-actions"), "line 3"),
    "nothing to do": ("(define (domain lamps) (:requirements :strips) (:predicates (p)))", "no action"),
}


@pytest.mark.parametrize("fault", BAD_DOMAINS)
def test_a_domain_that_is_not_understood_is_refused_by_its_fault(fault: str, tmp_path: Path) -> None:
    text, message = BAD_DOMAINS[fault]
    assert text != DOMAIN
    with pytest.raises(ConfigError, match=message) as caught:
        own(tmp_path, domain=text).tasks("test")
    assert "domain.pddl" in str(caught.value) and "objec-" not in str(caught.value)


BAD_PROBLEMS = {
    "malformed": (PROBLEM.replace("(:init", "(:innit"), r"evening\.pddl, line 5"),
    "other domain": (PROBLEM.replace("(:domain lamps)", "(:domain lights)"), "'lights', the domain is 'lamps'"),
    "object": (PROBLEM.replace("(on second)", "(on third)"), "no object 'third'; there are cellar, first"),
    "object at start": (PROBLEM.replace("(in me hall)", "(in me attic)"), "no object 'attic'"),
    "type": (PROBLEM.replace("second - big-lamp", "second - huge-lamp"), "huge-lamp"),
    "wrong type": (PROBLEM.replace("(on first)", "(on hall)"), "hall is a room"),
    "done": (PROBLEM.replace("(and (on first) (on second) (not (dark)))", "(dark)"), "holds at the start"),
    "empty": (PROBLEM.replace("(and (on first) (on second) (not (dark)))", "(and)"), "goal is empty"),
    "out of reach": (PROBLEM.replace("(on first)", "(in first cellar)"), r"leads to \(in first cellar\)"),
    "metric": (PROBLEM.rstrip()[:-1] + "(:metric minimize (total-cost)))", "metric|costs|line"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD_PROBLEMS)
def test_a_problem_that_does_not_fit_is_refused_by_its_fault(fault: str, tmp_path: Path) -> None:
    text, message = BAD_PROBLEMS[fault]
    assert text != PROBLEM
    with pytest.raises(ConfigError, match=message) as caught:
        own(tmp_path, problem=text).tasks("test")
    assert "evening.pddl" in str(caught.value)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no PDDL file .*nowhere\.pddl could be read: No such file"):
        garden(domain=str(tmp_path / "nowhere.pddl")).tasks("test")
    with pytest.raises(ConfigError, match="no PDDL file matches"):
        garden(problems=str(tmp_path / "*.pddl")).tasks("test")
    with pytest.raises(ConfigError, match="domain"):
        ENVIRONMENTS.build({"name": "pddl", "problems": []})
    (tmp_path / "picture.pddl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="no text in UTF-8"):
        garden(domain=str(tmp_path / "picture.pddl")).tasks("test")


def test_a_problem_is_in_one_split_only() -> None:
    with pytest.raises(ConfigError, match="only once"):
        garden(train=[str(GARDEN / "one-bed.pddl")]).tasks("train")
    with pytest.raises(ConfigError, match="did you mean 'test'"):
        garden().tasks("tests")


def test_a_task_of_files_that_were_changed_is_refused(tmp_path: Path) -> None:
    [task] = own(tmp_path).tasks("test")
    changed = own(tmp_path, problem=PROBLEM.replace("(in first hall)", "(in first cellar)"))
    with pytest.raises(EnvironmentFailure, match="other files"):
        changed.reset(task, 0)
    own(tmp_path).reset(task, 0)


def test_requirements_may_be_left_out_and_comments_may_say_anything(tmp_path: Path) -> None:
    bare = DOMAIN.replace("(:requirements :strips :typing :negative-preconditions :equality)", "; (:requirements )")
    assert bare != DOMAIN
    [task] = own(tmp_path, domain=bare).tasks("test")
    assert task.goal == own(tmp_path).tasks("test")[0].goal


def test_two_files_of_one_name_are_two_tasks(tmp_path: Path) -> None:
    own(tmp_path)
    other = tmp_path / "other" / "evening.pddl"
    other.parent.mkdir()
    other.write_text(PROBLEM.replace("(in me hall)", "(in me cellar)"))
    files = [str(tmp_path / "evening.pddl"), str(other)]
    env = ENVIRONMENTS.build({"name": "pddl", "domain": str(tmp_path / "domain.pddl"), "problems": files})
    assert [task.id for task in env.tasks("test")] == ["evening-0", "evening-1"]


def test_a_problem_with_too_many_actions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldlore.environments.robotics.ground.LIMIT", 3)
    with pytest.raises(ConfigError, match="more than 3 actions; give it fewer objects"):
        own(tmp_path).tasks("test")


def test_what_certainly_leads_nowhere_is_searched_once() -> None:
    env = garden()
    env.reset(env.tasks("test")[1], 0)
    wrong = ["walk well hut", "take beans hut", "take peas hut", "walk hut well", "walk well south-bed"]
    for command in (*wrong, "sow beans south-bed"):
        assert env.step(command).info["valid"]
    play = env._playing()  # pyright: ignore[reportPrivateUsage]
    lost = set[int]()
    assert find_plan(play.scene.world, play.state, lost) is None and play.state in lost
    assert env.expert() is None
