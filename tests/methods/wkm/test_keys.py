"""What keys of method and agent have to agree on."""

import pytest

from tests.methods.wkm.learning import agent, practice, wkm
from tests.toys import Pages, walker
from worldlore.errors import ConfigError


def test_it_teaches_no_other_agent(tiny):
    with pytest.raises(ConfigError, match='set \\[agent\\] name = "wkm"'):
        wkm().learn(walker(), practice(tiny, Pages()))


def test_what_the_agent_asks_for_must_be_made(tiny):
    with pytest.raises(ConfigError, match=r"method\.tasks and method\.states"):
        wkm(states=False).learn(agent(), practice(tiny, Pages()))
    with pytest.raises(ConfigError, match=r"method\.tasks and method\.states"):
        wkm().learn(agent(task_knowledge=False), practice(tiny, Pages()))
    with pytest.raises(ConfigError, match=r"method\.embed and agent\.embedder agree"):
        wkm().learn(agent(embedder="policy"), practice(tiny, Pages()))


def test_pairs_of_which_one_is_better_need_two_courses(tiny):
    with pytest.raises(ConfigError, match=r'without method\.rejected there are none; set pairs = "wkm"'):
        wkm(pairs="eto", rejected=False).learn(agent(), practice(tiny, Pages()))


@pytest.mark.parametrize(
    ("method", "keys", "said"),
    [
        ({"general": "written"}, {}, "set method.tasks = false"),
        ({"merged": True, "trains": ["world"]}, {}, "method.merged trains one model"),
        ({"fusion": {}}, {"state": "explicit"}, r"the agent does not fuse; set agent\.state"),
        ({"knowledge": "given"}, {}, r"a file of pairs; name it: method\.courses"),
        ({}, {"fitted": True}, "weights that nobody fits; set method.fusion"),
    ],
)
def test_what_may_not_be_asked_for_together_is_told_with_the_remedy(tiny, method, keys, said):
    with pytest.raises(ConfigError, match=said):
        wkm(**method).learn(agent(**keys), practice(tiny, Pages()))
