"""Agents that write whole programs: codeact turn by turn, code_as_policy at once."""

import pytest

from tests.agents.test_agents import SEEN, after, asked, decided
from tests.agents.test_programs import CODING, opening
from worldlore.agents import AGENTS
from worldlore.agents.code_as_policy import CodeAsPolicy, CodeAsPolicyConfig
from worldlore.agents.codeact import CodeAct, CodeActConfig
from worldlore.agents.retell import retold
from worldlore.errors import ConfigError, Unparsed
from worldlore.experience import Completion, Decision, Stop

BLOCK = '```python\nfor i in range(2):\n    goto(f"desk {i}")\n```'
PROGRAM = 'for i in range(2):\n    goto(f"desk {i}")'
CODER = CodeAct(CodeActConfig(manual="none"))
QUITTER = CodeAct(CodeActConfig(manual="none", resign="I give up"))
PLANNER = CodeAsPolicy(CodeAsPolicyConfig(manual="none"))
ARCHITECT = CodeAsPolicy(CodeAsPolicyConfig(hierarchical=True))


@pytest.mark.parametrize("name", ["codeact", "code_as_policy"])
def test_commands_are_refused_with_the_way_out(name):
    wrapped = r'\[environment\] name = "programs", inner = \{ name = \'household\' \}'
    with pytest.raises(ConfigError, match=f"agent '{name}' writes programs.*{wrapped}"):
        next(AGENTS.build({"name": name}).act(SEEN))


@pytest.mark.parametrize(
    ("reply", "decision"),
    [
        (BLOCK, Decision(PROGRAM)),
        (f"Desks first.\n{BLOCK}", Decision(PROGRAM, "Desks first.")),
        (f"a\n{BLOCK}\nb\n```python\nlook()\n```", Decision(PROGRAM, "a")),
        ("```\nlook()\n```", Decision("look()")),
        ("```py\nlook()", Decision("look()")),
        ("```python\n\n```\n```python\nlook()\n```", Decision("look()")),
        ("```python\n```", None),
        ("look()", None),
        ("", None),
    ],
)
def test_what_codeact_reads_in_a_reply(reply, decision):
    assert CODER.read_program(reply) == decision
    if decision:
        assert CODER.read_program(CODER.reply_for(decision)) == decision


def test_codeact_sees_what_its_blocks_did():
    seen = after(CODING, BLOCK, Decision(PROGRAM), "At desk 1.")
    request = asked(CODER, seen)
    assert [m.content for m in request.messages[1:]] == [BLOCK, "At desk 1."]
    assert request.messages[0].content.startswith(CodeAct.programs.request)
    assert request.sampling.max_tokens == 768


def test_a_reply_without_a_block_is_asked_again_once():
    assert decided(CODER, "Let me think.", BLOCK, seen=CODING) == Decision(PROGRAM)
    acting = CODER.act(CODING)
    next(acting)
    again = acting.send(Completion("I give up"))
    assert again.messages[-1].content == CodeAct.programs.reminder
    with pytest.raises(Unparsed):
        acting.send(Completion("I give up"))


def test_codeact_may_resign_in_the_agreed_words():
    assert decided(QUITTER, "i GIVE up, there is no mug.", seen=CODING) is None
    assert decided(QUITTER, f"I give up on desks.\n{BLOCK}", seen=CODING).action == PROGRAM
    assert opening(QUITTER).count("answer 'I give up' instead") == 1
    assert "give up" not in opening(CODER)


def test_code_as_policy_writes_one_program_and_resigns():
    assert decided(PLANNER, BLOCK, seen=CODING) == Decision(PROGRAM)
    with pytest.raises(StopIteration) as end:
        next(PLANNER.act(after(CODING, BLOCK, Decision(PROGRAM), "At desk 1.")))
    assert end.value.value is None


@pytest.mark.parametrize(
    ("reply", "program"),
    [
        ("First:\n```python\ndef f():\n    look()\n```\nthen\n```python\nf()\n```", "def f():\n    look()\n\nf()"),
        ('goto("desk 1")\nlook()\n', 'goto("desk 1")\nlook()'),
        ("I would look", None),
        ("look", None),
        ("", None),
    ],
)
def test_what_code_as_policy_reads_in_a_reply(reply, program):
    assert PLANNER.read_program(reply) == (Decision(program) if program else None)


def test_a_hierarchical_policy_is_asked_for_functions_and_shown_some():
    flat, deep = opening(CodeAsPolicy()), opening(ARCHITECT)
    assert "First define functions" in deep
    assert "First define functions" not in flat
    assert "def find(kind, places):" in deep
    assert "An example:" in flat
    assert "def find" not in flat


def test_programs_of_others_are_told_as_ones_own():
    played = after(CODING, "", Decision(PROGRAM, "Desks first."), "At desk 1.")
    played = type(played)(played.task, 0, 0, played.steps, played.final, Stop.TERMINATED, True)
    for agent in (CODER, PLANNER):
        (step,) = retold(agent, played).steps
        assert agent.read_program(step.calls[0].reply.text).action == PROGRAM
