"""Playground: WorldLLM's room of seeds, babies and water, where things given to each other grow.

    things, rules, hidden    what there is; what makes what grow, as published or drawn at random
    goals, scene             what is asked; which things an episode begins with
    world, language          moments and actions, without words; the published words, in both directions
    environment, expert      the environment in words; the oracle that plays any goal
    vector, gym              many scenes at once in numpy; the learning agent's view as a Gymnasium environment
    candidates, published    the changes that might be told of a moment; recorded trajectories in and out

Symbolic, and equal to the published world of positions in a plane, in which going to a thing leads exactly there. The
reward is 1 for the step that reaches the goal. Nothing else ends an episode but that nothing can be done any more, all
that is left being in one's hands; thirty steps are the loop's limit.
"""

from worldlore.environments.playground.environment import Playground, PlaygroundConfig, rules_of, scene
from worldlore.environments.playground.goals import DESCRIPTIONS, DRAWN, GOALS, HELD_OUT, STANDARD
from worldlore.environments.playground.rules import PUBLISHED, Recipe, Rules, recipes_in
from worldlore.environments.playground.scene import Scene, scenes
from worldlore.environments.playground.world import ACTIONS, KINDS, State

__all__ = [
    "ACTIONS",
    "DESCRIPTIONS",
    "DRAWN",
    "GOALS",
    "HELD_OUT",
    "KINDS",
    "PUBLISHED",
    "STANDARD",
    "Playground",
    "PlaygroundConfig",
    "Recipe",
    "Rules",
    "Scene",
    "State",
    "recipes_in",
    "rules_of",
    "scene",
    "scenes",
]
