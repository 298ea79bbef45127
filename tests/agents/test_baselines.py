"""The six baselines on the four robotic worlds and household: by scripts that solve, and by the embedded model."""

from functools import partial
from pathlib import Path

import pytest

from tests.agents.test_prompts import PLAYED, shown, table, turns
from tests.toys import Pages, saying
from worldlore.agents import AGENTS
from worldlore.agents.act import Act
from worldlore.environments import ENVIRONMENTS
from worldlore.experience import Stop
from worldlore.experiments.experiment import run
from worldlore.experiments.suite import load
from worldlore.methods import METHODS
from worldlore.methods.reflexion import FRAME
from worldlore.models.embedded import HOME
from worldlore.rollout.loop import Episode, Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

FILE = Path(__file__).parents[2] / "examples" / "baselines.toml"
BASELINES = ("act", "react", "act_reflexion", "react_reflexion", "code_as_policy", "codeact")
OWN = FILE.parent / "pddl"
SHIPPED = (HOME / "household" / "model.safetensors").is_file()


def stage(name: str, agent: str, say) -> Stage:
    return Stage(partial(ENVIRONMENTS.build, table(name, agent)), {"policy": saying(say)}, Limits(steps=12))


def replies(name: str, agent: str) -> list[str]:
    """What solves the demonstration's task, turn by turn."""
    told, _ = shown(name, agent)
    return [told] if agent == "code_as_policy" else [reply for reply, _ in turns(told)]


@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.parametrize("agent", ["act", "react", "code_as_policy", "codeact"])
def test_an_agent_solves_a_task_by_saying_what_its_demonstration_says(name, agent):
    said = replies(name, agent)
    here = stage(name, agent, lambda r: said[sum(m.role == "assistant" for m in r.messages)])
    (episode,) = here.play(AGENTS.build({"name": agent, "window": 99}), [Episode(shown(name, agent)[1])])
    assert episode.success
    assert episode.stop is Stop.TERMINATED
    assert episode.score == pytest.approx(1.0)
    assert len(episode.steps) == len(said)


@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.parametrize("agent", ["act", "react"])
def test_a_hint_drawn_from_a_failure_makes_it_succeed(name, agent):
    said, task = replies(name, agent), shown(name, agent)[1]

    def say(request):
        text = request.messages[0].content
        if FRAME in text:
            assert section_example(text)
            return "Hint: follow the demonstration"
        told = "- follow the demonstration" in text
        return said[sum(m.role == "assistant" for m in request.messages)] if told else "Action: inventory()"

    pages, here = Pages(), stage(name, agent, say)
    practice = Practice([task], here, Budget(), 0, pages, Ledger(pages))
    lesson = METHODS.build({"name": "reflexion"}).learn(AGENTS.build({"name": agent}), practice)
    rounds = [{"hints": 0, "played": 1, "wins": 0}, {"hints": 1, "played": 1, "wins": 1}]
    assert lesson.metrics == {"hints": 1, "rounds": rounds}
    (episode,) = here.play(AGENTS.build({"name": agent}).with_lesson(lesson), [Episode(task)])
    assert episode.success


def section_example(text: str) -> bool:
    """Whether the learner is shown an attempt of another task with its hint."""
    return "An example:\n" in text and text.count("Hint:") == 2


@pytest.mark.parametrize("manual", ["", "none"])
def test_a_planning_world_of_ones_own_is_played_without_a_demonstration(manual):
    inner = {"name": "pddl", "domain": f"{OWN}/domain.pddl", "problems": f"{OWN}/*-bed*.pddl"}
    make = partial(ENVIRONMENTS.build, {"name": "programs", "inner": inner})
    world = make()
    task = world.tasks("test")[0]
    world.reset(task, 0)
    advised, done = [], False
    while not done:
        advised.append(world.expert())
        done = world.step(advised[-1]).done
    world.close()
    said = saying(lambda r: advised[sum(m.role == "assistant" for m in r.messages)])
    agent = AGENTS.build({"name": "act", "manual": manual})
    (episode,) = Stage(make, {"policy": said}, Limits(steps=60)).play(agent, [Episode(task)])
    assert episode.success
    opening = episode.steps[0].calls[0].request.messages[0].content
    assert opening.startswith(Act.programs.request if manual else "You act in a small world. ")
    assert f"{Act.programs.request}\n\nFunctions:\n" in opening
    assert "An example" not in opening


def test_the_example_holds_the_six_baselines():
    assert [e.name for e in load(FILE)] == [f"baselines/{name}" for name in BASELINES]
    assert all(e.resolved().environment["inner"]["name"] == "gripper" for e in load(FILE))


SMALL = ("test.tasks=1", "train.tasks=1", "limits.steps=2")


@pytest.mark.parametrize("name", PLAYED)
def test_all_six_run_on_every_world_by_a_script(name, tmp_path):
    script = 'models.policy={name="scripted", replies=["Action: look()\\n```python\\nlook()\\n```"], repeat=true}'
    for experiment in load(FILE, [*SMALL, f"environment.inner.name={name}", script]):
        (episode,) = run(experiment, tmp_path).seed(0).test()
        assert episode.task.environment == name
        assert episode.steps
        assert episode.stop in (Stop.MAX_STEPS, Stop.RESIGNED)


@pytest.mark.skipif(not SHIPPED, reason="the recipe has not been run yet")
@pytest.mark.parametrize("name", PLAYED)
def test_all_six_run_on_every_world_by_the_embedded_model(name, tmp_path):
    for experiment in load(FILE, [*SMALL, "limits.steps=1", f"environment.inner.name={name}"]):
        agent = {**experiment.agent, "max_tokens": 6, "again": 0}
        method = {
            **experiment.method,
            **({"steps": 1, "rounds": 1, "max_tokens": 6} if experiment.method["name"] != "none" else {}),
        }
        store = run(experiment.model_copy(update={"agent": agent, "method": method}), tmp_path)
        (episode,) = store.seed(0).test()
        assert episode.stop in (Stop.MAX_STEPS, Stop.UNPARSED, Stop.RESIGNED, Stop.MAX_TOKENS)
        assert episode.success is False
