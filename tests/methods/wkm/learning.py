"""Courses made up, and everything that a run of the method needs, at the smallest size."""

from dataclasses import replace

from worldlore.agents import AGENTS
from worldlore.config import parse
from worldlore.environments.household import Household, HouseholdConfig
from worldlore.experience import Completion, Decision, Observation, Step, Stop, Task, Trajectory
from worldlore.methods import METHODS
from worldlore.models.local import Local
from worldlore.rollout.loop import Episode, Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

TASK = Task("a", "walk", "train", "put a clean mug in shelf")
HELD = Household(HouseholdConfig()).tasks("test")[0]
ROLES = ("policy", "world")
TRAINING = {"batch": 16, "learning_rate": 1e-3, "epochs": 1, "save_every": 0}


def course(*actions, success=True, text="You see a mug 1.", score=None):
    steps = [Step(Observation(text), Decision(action), info={"valid": action != "fly"}) for action in actions]
    if success or score:
        steps[-1] = replace(steps[-1], reward=1.0 if score is None else score)
    return Trajectory(TASK, 0, 0, tuple(steps), Observation("end"), Stop.TERMINATED, success)


WIN = course("go to desk 1", "take mug 1 from desk 1", "clean mug 1 with sinkbasin 1", "move mug 1 to shelf 2")


def household(count, agent="expert"):
    world = Household(HouseholdConfig())
    stage = Stage(lambda: Household(HouseholdConfig()), {}, Limits(steps=40))
    played = stage.play(AGENTS.build({"name": agent}), [Episode(task) for task in world.tasks("train")[:count]])
    return list(played)


class Talker(Local):
    """Weights that could be trained, and words that are not theirs."""

    def generate(self, requests):
        return [Completion("look") for _ in requests]

    def with_weights(self, folder):
        taught = super().with_weights(folder)
        taught.generate = self.generate
        return taught


def practice(folder, pages, tasks=2, **keys) -> Practice:
    models = {role: Talker(parse(Local.Config, {"path": str(folder), "device": "cpu"}, "test")) for role in ROLES}
    stage = Stage(lambda: Household(HouseholdConfig()), models, Limits(steps=20))
    train = Household(HouseholdConfig()).tasks("train")[:tasks]
    return Practice(train, stage, Budget(**keys), 0, pages, Ledger(pages))


def agent(**keys):
    return AGENTS.build({"name": "wkm", "manual": "none", "purpose": False, "max_tokens": 4, **keys})


def wkm(**keys):
    return METHODS.build({"name": "wkm", "training": TRAINING, **keys})
