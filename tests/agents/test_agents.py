"""What agents ask, what they make of a reply, and what a lesson changes: `next`, `send`, compare."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.agents.act import Act, ActConfig
from worldlore.agents.expert import Expert
from worldlore.agents.manual import manual
from worldlore.agents.random import Random
from worldlore.agents.react import React, ReactConfig
from worldlore.agents.retell import retold
from worldlore.errors import ConfigError, ModelError, Unparsed
from worldlore.experience import (
    Call,
    Completion,
    Decision,
    Generate,
    Lesson,
    Message,
    Observation,
    Sampling,
    Step,
    Stop,
    Task,
    Trajectory,
)

TASK = Task("a", "household", "train", "put a mug in desk", {"family": "put"})
START = Observation("You see a desk 1.\n\nYour task is to: put a mug in desk.", ("look", "go to desk 1"))
SEEN = Trajectory(TASK, 0, final=START)
PLAIN = Act(ActConfig(manual="none"))


def asked(agent, seen=SEEN) -> Generate:
    return next(agent.act(seen))


def decided(agent, *replies: str, seen=SEEN) -> Decision:
    acting = agent.act(seen)
    next(acting)
    try:
        for reply in replies:
            acting.send(Completion(reply))
    except StopIteration as end:
        return end.value
    raise AssertionError("not decided yet")


def after(seen: Trajectory, said: str, decision: Decision, observation: str) -> Trajectory:
    call = Call(Generate(()), Completion(said))
    step = Step(seen.final, decision, calls=(call,))
    return replace(seen, steps=(*seen.steps, step), final=Observation(observation))


OPENING = (
    "You are in a room of a house and carry out a task in it. What lies on a piece of furniture you see when you stand "
    "in front of it, and what is inside once it is open. You can carry one thing. Things you can do: go to <place>; "
    "open <place>; close <place>; take <thing> from <place>; move <thing> to <place>; clean <thing> with <place>; "
    "heat <thing> with <place>; cool <thing> with <place>; use <lamp>; slice <thing> with <knife>; examine <place>; "
    "inventory; look."
)


def test_the_first_thing_act_asks_is_this():
    request = asked(Act())
    assert request == Generate(
        (Message("user", f"{OPENING} Answer with one action and nothing else.\n\n{START.text}"),),
        Sampling(0.0, 1.0, 64, ("\n",)),
    )


def test_the_first_thing_react_asks_is_this():
    request = asked(React())
    form = "Answer with two lines: 'Thought:' and why, in a sentence; then 'Action:' and one action."
    assert request.messages == (Message("user", f"{OPENING} {form}\n\n{START.text}"),)
    assert request.sampling == Sampling(0.0, 1.0, 256, ("\nObservation:",))


def test_a_conversation_repeats_what_was_said_and_seen_word_for_word():
    seen = after(SEEN, "> Go To desk 1.", Decision("go to desk 1"), "On the desk 1, you see a mug 1.")
    assert asked(PLAIN, seen).messages == (
        Message("user", START.text),
        Message("assistant", "> Go To desk 1."),
        Message("user", "On the desk 1, you see a mug 1."),
    )


def test_what_another_agent_did_is_told_as_ones_own_words():
    seen = after(SEEN, "", Decision("look", "why not"), "Nothing.")
    seen = replace(seen, steps=(replace(seen.steps[0], calls=()),))
    assert asked(PLAIN, seen).messages[1].content == "look"
    assert asked(React(ReactConfig(manual="none")), seen).messages[1].content == "Thought: why not\nAction: look"


def test_what_another_role_said_is_not_the_agents_words():
    call = Call(Generate((), to="world"), Completion("it will rain"))
    seen = after(SEEN, "look", Decision("look"), "Nothing.")
    seen = replace(seen, steps=(replace(seen.steps[0], calls=(*seen.steps[0].calls, call)),))
    assert asked(PLAIN, seen).messages[1].content == "look"


def test_admissible_actions_are_shown_where_asked():
    shown = asked(Act(ActConfig(manual="none", list_actions=True))).messages[0].content
    assert shown.endswith("\nPossible actions: look, go to desk 1")
    assert "Possible actions" not in asked(PLAIN).messages[0].content
    unknown = replace(SEEN, final=Observation("dark"))
    assert asked(Act(ActConfig(manual="none", list_actions=True)), unknown).messages[0].content == "dark"


def test_sampling_is_as_configured():
    agent = Act(ActConfig(temperature=0.7, top_p=0.9, max_tokens=5))
    assert asked(agent).sampling == Sampling(0.7, 0.9, 5, ("\n",))


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        ("look", "look"),
        ("  look  ", "look"),
        ("look.", "look"),
        ("> look", "look"),
        (">look", "look"),
        ("Action: look", "look"),
        ("action: look", "look"),
        ("\n\nlook\nopen door", "look"),
        (">\nlook", "look"),
        ("Action:\nlook", "look"),
        ("go to desk 1", "go to desk 1"),
        ("", None),
        (" \n\t\n", None),
        (">", None),
        (".", None),
        ("Action:", None),
    ],
)
def test_what_act_reads_in_a_reply(reply, action):
    assert PLAIN.read(reply) == (Decision(action) if action else None)


@pytest.mark.parametrize(
    ("reply", "decision"),
    [
        ("Thought: dark.\nAction: look", Decision("look", "dark.")),
        ("thought: dark\naction: look", Decision("look", "dark")),
        ("Thought: dark Action: look", Decision("look", "dark")),
        ("Thought: dark,\nvery dark\nAction: look\nObservation: x", Decision("look", "dark,\nvery dark")),
        ("Action: look", Decision("look")),
        ("Action: > look.", Decision("look")),
        ("Action: look\nAction: open", Decision("look")),
        ("Thought: see the reaction: none\nAction: look", Decision("look", "see the reaction: none")),
        ("Thought: only", None),
        ("look", None),
        ("Action:", None),
        ("Action:   \nlook", Decision("look")),
        ("", None),
    ],
)
def test_what_react_reads_in_a_reply(reply, decision):
    assert React().read(reply) == decision


words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6)
actions = st.lists(words, min_size=1, max_size=4).map(" ".join)


@given(actions)
def test_what_act_would_say_is_read_as_what_it_decided(action):
    assert PLAIN.read(PLAIN.reply_for(Decision(action))) == Decision(action)


@given(actions, st.none() | actions)
def test_what_react_would_say_is_read_as_what_it_decided(action, thought):
    decision = Decision(action, thought or "")
    assert React().read(React().reply_for(decision)) == decision


def test_a_reply_without_an_action_is_asked_again_and_then_given_up():
    acting = PLAIN.act(SEEN)
    first = next(acting)
    second = acting.send(Completion(" "))
    assert second.messages == (*first.messages, Message("assistant", " "), Message("user", PLAIN.reminder))
    with pytest.raises(Unparsed, match=r"no action in the reply '\.'; a larger model or agent\.max_tokens may help"):
        acting.send(Completion("."))


def test_a_second_reply_may_hold_the_action():
    assert decided(PLAIN, "", "look") == Decision("look")
    assert decided(React(), "look", "Action: look") == Decision("look")


def test_an_agent_told_so_asks_once_only():
    acting = Act(ActConfig(again=0)).act(SEEN)
    next(acting)
    with pytest.raises(Unparsed):
        acting.send(Completion(""))


def test_a_failed_request_ends_the_decision():
    acting = PLAIN.act(SEEN)
    next(acting)
    with pytest.raises(ModelError, match="gone"):
        acting.throw(ModelError("gone"))


# what a lesson changes


def case(goal: str, *acts: str, family: str = "put") -> Trajectory:
    task = Task(goal, "household", "train", goal, {"family": family})
    steps = tuple(Step(Observation(f"{goal}: seen {i}"), Decision(a)) for i, a in enumerate(acts))
    return Trajectory(task, 0, 0, steps, Observation("done"), Stop.TERMINATED, True)


def test_knowledge_is_told_before_the_task_in_the_order_of_names():
    taught = PLAIN.with_lesson(Lesson({"b": "Second.", "a": "First."}))
    assert asked(taught).messages == (Message("user", f"First.\n\nSecond.\n\n{START.text}"),)
    twice = asked(taught.with_lesson(Lesson({"c": "Third."}))).messages[0].content
    assert twice.startswith("First.\n\nSecond.\n\nThird.")
    assert PLAIN.memory.texts == ()


def test_cases_most_like_the_task_are_shown_best_last():
    cases = (
        case("put a mug in shelf", "go to shelf 1", "move mug 1 to shelf 1"),
        case("heat an apple and put it in fridge", "take apple 1 from desk 1", family="heat"),
        case("put a pen in desk", "go to desk 1"),
        case("put a mug in desk", "look", family="other"),
    )
    opening = asked(PLAIN.with_lesson(Lesson(cases=cases))).messages[0].content
    shown = opening.split("An earlier success:\n")[1:]
    assert len(shown) == 2
    assert shown[1].startswith("put a mug in desk: seen 0\n> look")
    assert "apple" not in opening
    assert opening.endswith(START.text)
    more = asked(Act(ActConfig(manual="none", cases=3)).with_lesson(Lesson(cases=cases))).messages[0].content
    assert more.count("An earlier success:") == 3
    none = asked(Act(ActConfig(manual="none", cases=0)).with_lesson(Lesson(cases=cases)))
    assert none == asked(PLAIN)


def test_a_case_is_told_as_the_agent_would_have_said_it():
    taught = React(ReactConfig(manual="none")).with_lesson(Lesson(cases=(case("put a mug in shelf", "look"),)))
    assert "put a mug in shelf: seen 0\n> Action: look" in asked(taught).messages[0].content


def test_the_task_itself_is_never_its_own_example():
    own = replace(case("x", "look"), task=TASK)
    assert asked(PLAIN.with_lesson(Lesson(cases=(own,)))) == asked(PLAIN)


def test_a_task_like_no_case_is_still_shown_some():
    strange = replace(SEEN, task=Task("z", "household", "train", "zzz qqq", {"family": "none"}))
    opening = asked(PLAIN.with_lesson(Lesson(cases=(case("put a mug in shelf", "look"),))), strange).messages[0].content
    assert opening.startswith("An earlier success:")


# told as one's own


def test_a_trajectory_retold_holds_what_the_agent_would_have_been_asked_and_said():
    played = case("put a mug in shelf", "go to shelf 1", "move mug 1 to shelf 1")
    for agent in (PLAIN, React(ReactConfig(manual="none"))):
        told = retold(agent, played)
        assert replace(told, steps=played.steps) == played
        assert [s.decision for s in told.steps] == [s.decision for s in played.steps]
        for i, step in enumerate(told.steps):
            (call,) = step.calls
            assert call.reply == Completion(agent.reply_for(step.decision))
            so_far = replace(played, steps=told.steps[:i], final=step.observation)
            assert call.request == next(agent.act(so_far))
        assert told.steps[1].calls[0].request.messages[1].content == agent.reply_for(played.steps[0].decision)


def test_agents_that_write_nothing_cannot_be_imitated():
    with pytest.raises(ConfigError, match="cannot be taught by imitation; use 'act' or 'react'"):
        Random().reply_for(Decision("look"))
    asking = replace(case("a", "look"), task=TASK)
    with pytest.raises(ConfigError, match="cannot be taught"):
        retold(Expert(), asking)


# manuals, experts, chance


def test_a_manual_is_found_by_name_or_path_and_missing_ones_are_told(tmp_path):
    mine = tmp_path / "mine.md"
    mine.write_text("Be\nquick.\n")
    assert manual(str(mine)) == "Be quick."
    assert asked(Act(ActConfig(manual=str(mine)))).messages[0].content.startswith(f"Be quick. {Act.format}\n\n")
    assert manual("a world without one") == ""
    assert manual("household") == manual("alfworld") == OPENING
    with pytest.raises(ConfigError, match=r"no manual at nowhere\.md"):
        manual("nowhere.md")


def test_the_blind_choose_among_what_is_admissible_and_alike_for_alike_episodes():
    def choice(seen):
        with pytest.raises(StopIteration) as end:
            next(Random().act(seen))
        return end.value.value.action

    many = replace(SEEN, final=Observation("", tuple("abcdefgh")))
    assert choice(many) == choice(many)
    assert len({choice(replace(many, attempt=k)) for k in range(20)}) > 3
    assert {choice(replace(SEEN, attempt=k)) for k in range(20)} == {"look", "go to desk 1"}
    with pytest.raises(ConfigError, match="needs admissible actions, and 'household' tells none"):
        next(Random().act(replace(SEEN, final=Observation(""))))


def test_the_expert_is_asked_by_its_role():
    acting = Expert().act(SEEN)
    assert next(acting) == Generate((), to="expert")
    with pytest.raises(StopIteration) as end:
        acting.send(Completion("look"))
    assert end.value.value == Decision("look")


def test_some_agents_learn_nothing():
    lesson = Lesson({"a": "A"})
    assert Expert().with_lesson(lesson) == Expert()
    assert Random().with_lesson(lesson) == Random()


def test_a_case_that_was_no_success_is_not_called_one():
    tried = replace(case("put a mug in shelf", "look"), success=False)
    opening = asked(PLAIN.with_lesson(Lesson(cases=(tried,)))).messages[0].content
    assert "An earlier try, not yet a success:" in opening and "An earlier success" not in opening
