"""One text for all tasks, and knowledge that stands in a file."""

from tests.methods.wkm.learning import agent, practice, wkm
from tests.toys import Pages
from worldlore.methods.wkm.released import turns_in


def test_one_text_for_all_tasks_is_told_in_training_and_in_play(tiny, tmp_path):
    keys = {"task_knowledge": False, "state": "none"}
    for how, said in (("contrast", "In tasks such as to"), ("written", "carry one thing at a time"), ("model", "look")):
        here = practice(tiny, Pages(folder=tmp_path / how))
        lesson = wkm(general=how, tasks=False, states=False, rejected=False).learn(agent(**keys), here)
        assert said in lesson.knowledge["world"].replace("\n", " ")
        (turn, *_) = turns_in(tmp_path / how / "knowledge" / "policy.json")
        assert lesson.knowledge["world"] in turn.messages[0].content


def test_without_any_pair_a_text_written_by_hand_is_told_all_the_same(tiny, tmp_path):
    (tmp_path / "none.json").write_text("[]")
    method = wkm(general="written", tasks=False, states=False, courses=str(tmp_path / "none.json"))
    told = method.learn(agent(task_knowledge=False, state="none"), practice(tiny, Pages(folder=tmp_path)))
    assert told.knowledge["world"] and told.metrics["pairs"] == 0
