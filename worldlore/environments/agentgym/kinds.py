"""What differs from one AgentGym server to the next, as read off their sources.

Every server knows /create, /reset and /step. They differ in the name of an environment's id (`id` or `env_idx`), in the
key that names the item to begin, in what a reply is (an object, a list, a bare text) and in what its number means.
`score` is how well the episode stands, 0 to 1: what the last reply says, which is also how AgentGym measures.

Items. The test sets of alfworld, academia, maze, sheet, textcraft and wordle are the published ones, as are the train
sets of alfworld and textcraft; the others are random samples whose numbers are only in the published files
(`AgentEval`, `AgentTraj-L`; see items.py), and stand here with as many items as published, of our choice. Mazes have 26
items in all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from worldlore.environments.agentgym import tools


def plain(action: str) -> str:
    """An action as it is."""
    return action


def fenced(action: str) -> str:
    """In a fence, in which the web's server looks for it."""
    return action if "```" in action else f"```{action}```"


def unfenced(action: str) -> str:
    """What stands in the last fence of SQL, where there is one."""
    return action.rpartition("```sql")[2].partition("```")[0].strip()


def spelled(action: str) -> str:
    """A word letter by letter, as the server of Wordle reads it."""
    word = action.strip().lower()
    return " ".join(word) if len(word) == 5 and word.isalpha() else action


def named(action: str) -> str:
    """A call with the label without which the tool servers find none."""
    return action if action.lstrip().startswith("Action:") else f"Action: {action.strip()}"


def bare(action: str) -> str:
    """Without the signs that the server of TextCraft does not know, such as a full stop."""
    return " ".join(re.sub("[^A-Za-z0-9, ]+", " ", action).split())


@dataclass(frozen=True, slots=True)
class Kind:
    """One of AgentGym's worlds."""

    name: str
    """As AgentGym calls it."""
    item: str
    """The key of a reset that names the item."""
    goal: str
    """What is to be done, in a sentence; what exactly is told by the server when an item begins."""
    test: str
    """The items of split "test", as items.py reads them."""
    train: str = ""
    """The items of split "train"; "" where no trajectories were published, so that all items are test."""
    about: str = ""
    """What an agent must know of the actions, where the server does not say it."""
    path: str = ""
    """What stands before every route."""
    id: Literal["id", "env_idx"] = "env_idx"
    """The key of an environment's id."""
    create: Mapping[str, Any] | None = None
    """What /create is sent; None for nothing."""
    reset: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What /reset is sent beside id and item."""
    first: tuple[str, ...] = ("observation",)
    """The keys of a reset's reply that make up what is seen first."""
    observed: bool = False
    """What is seen first must be asked for, at /observation."""
    text: str = "observation"
    """The key of a step's reply for what is seen."""
    score: str = "reward"
    """The key of a step's reply that says how well the episode stands."""
    scale: float = 1.0
    """The score of an episode that could not go better."""
    done: str = "done"
    """The key of a step's reply that says whether the task is over."""
    won: float = 1.0
    """The scaled score from which an episode that is over is a success."""
    actions: tuple[str, ...] = ()
    """The only actions there are."""
    say: Callable[[str], str] = plain
    """From an agent's action to what the server is sent."""


def _tool(name: str, goal: str, about: str, test: str = "0-19", train: str = "") -> Kind:
    return Kind(name, "id", goal, test, train, about, create={"id": 0}, say=named)


_ALL = (
    Kind(
        "alfworld",
        "game",
        "Do the household task.",
        "2420-2619",
        "0-2419",
        "Act by one of the admissible commands.",
        id="id",
        reset={"world_type": "Text"},
    ),
    Kind(
        "babyai",
        "data_idx",
        "Reach the goal in the grid of rooms.",
        "810-899",
        "0-809",
        'Actions: "turn left", "turn right", "move forward", "go to OBJECT N", "pick up OBJECT N", "go through DOOR '
        'N", "toggle and go through DOOR N" (a locked one needs the key of its colour in hand), "toggle", "drop".',
        id="id",
        won=0.5,
    ),
    Kind(
        "maze",
        "game",
        "Reach the goal of the maze.",
        "0-24",
        "25",
        "To move right adds 1 to the second number of your position, to move down adds 1 to the first. Walls stop you.",
        path="/maze",
        id="id",
        actions=("move up", "move down", "move left", "move right"),
    ),
    Kind(
        "wordle",
        "seed",
        "Guess the hidden word.",
        "0-24",
        "25-979",
        "Guess a word of five letters, at most six times, written as letters with spaces: s h i r e. The answer has a "
        "sign for each letter: g, it stands there; y, it stands elsewhere in the word; b, it does not occur.",
        path="/wordle",
        id="id",
        say=spelled,
    ),
    Kind(
        "sciworld",
        "data_idx",
        "Do the experiment.",
        "1-3981/20",
        "0-4238/2",
        "Actions: open, close, activate, deactivate, disconnect, use, read, pick up, put down, mix, eat, flush OBJ; "
        "connect OBJ to OBJ; use OBJ on OBJ; move OBJ to OBJ; pour OBJ into OBJ; dunk OBJ into OBJ; look around; look "
        "at OBJ; look in OBJ; go to LOC; focus on OBJ, which tells what the task is about; wait; wait1; task; "
        "inventory.",
        id="id",
        first=("task_description", "observation"),
        score="score",
        scale=100.0,
    ),
    Kind(
        "textcraft",
        "data_idx",
        "Craft the item.",
        "0-30,140-208",
        "31-139,209-473",
        'Actions, always with numbers: "get 2 oak log", "craft 4 oak planks using 1 oak log" (by the recipes told, and '
        'no others), "inventory".',
        id="id",
        create={"commands": None, "goal": None},
        say=bare,
    ),
    Kind(
        "webshop",
        "session_id",
        "Buy what the instruction asks for.",
        "0-199",
        "200-4129",
        "Actions: search[WORDS] where there is a search bar, click[BUTTON] for what the page shows; Buy Now ends it.",
        observed=True,
        text="state",
    ),
    Kind(
        "webarena",
        "idx",
        "Do what is asked on the web page.",
        "0-19",
        "",
        "Actions: click [id], type [id] [text] [1] (0: without Enter), hover [id], press [keys], scroll [down] or "
        "[up], new_tab, tab_focus [n], close_tab, goto [url], go_back, go_forward, stop [answer].",
        reset={"seed": 0},
        observed=True,
        done="terminated",
        say=fenced,
    ),
    Kind(
        "bird",
        "item_id",
        "Answer the question by SQL.",
        "9428-9627",
        "0-2999",
        "Answer with one SQLite statement and nothing else.",
        text="state",
        say=unfenced,
    ),
    _tool(
        "academia",
        "Answer the question about papers and authors.",
        tools.manual(tools.ACADEMIA, "Load a net first; graph is PaperNet or AuthorNet."),
    ),
    _tool(
        "movie",
        "Answer the question about films.",
        tools.manual(tools.MOVIE, "Find ids by searching."),
        train="20-234",
    ),
    _tool(
        "sheet",
        "Change the sheet as asked.",
        tools.manual(tools.SHEET, "Open the sheet first and look at its values; rows and columns begin at 1."),
    ),
    _tool(
        "todo",
        "Do what is asked with the list of tasks.",
        tools.manual(tools.TODO, "Find ids by get_projects and get_tasks."),
        train="20-154",
    ),
    _tool(
        "weather",
        "Answer the question about the weather.",
        tools.manual(tools.WEATHER, "Find coordinates by get_latitude_longitude; dates are YYYY-MM-DD."),
        train="20-330",
    ),
)
KINDS = {kind.name: kind for kind in _ALL}
"""Name -> what there is to know of it."""
