"""Episodes and learned actions in the terminal, as things `rich` prints.

A program's inner moves stand under it: `·` had an effect, `✗` had none, `✗ first` is where it failed first.
Of an answer only the sentences are shown that the answer before did not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from worldlore.experience import Call, Completion, Embed, Failure, Generate, Score, Scores, Step, Trajectory
from worldlore.reports.actions import Learned, learned, moves, rungs, success
from worldlore.reports.base import RunView
from worldlore.reports.words import CUT, ENDINGS, number_of, outcome, shortened

ANSWER = 160
"""Characters of a world's answer to an inner move that are shown."""


def episode_text(episode: Trajectory, calls: bool = False) -> RenderableType:
    """One episode as a conversation; with `calls`, what models were asked and answered too."""
    head = Text(episode.task.goal, style="bold")
    about = [episode.task.id, f"seed {episode.seed}", f"attempt {episode.attempt}", *rungs(episode)]
    parts: list[RenderableType] = [head, Text(" · ".join(about), style="dim")]
    for i, step in enumerate(episode.steps, 1):
        parts += [Text(), Text(step.observation.text)]
        for call in step.calls if calls else ():
            parts.append(_call_text(call))
        parts += _step_lines(i, step)
    if episode.final is not None:
        parts += [Text(), Text(episode.final.text)]
    for call in episode.unfinished if calls else ():
        parts.append(_call_text(call))
    style = {True: "bold green", False: "bold red", None: "bold yellow"}[episode.success]
    end = Text(outcome(episode), style=style)
    end.append(f" after {number_of(len(episode.steps), 'step')}: {ENDINGS[episode.stop]}", style="not bold")
    parts += [Text(), end]
    if episode.error:
        parts.append(Text(episode.error, style="red"))
    return Group(*parts)


def _step_lines(number: int, step: Step) -> Iterator[Text]:
    if step.decision.thought:
        yield Text(step.decision.thought, style="italic dim")
    first, *more = step.decision.action.split("\n")
    line = Text(f"{number:>3} > " + "\n    | ".join([first, *more]), style="cyan")
    if step.reward:
        line.append(f"   reward {step.reward:g}", style="green" if step.reward > 0 else "red")
    yield line
    yield from _weighed(step)
    yield from _inside(step)


def _weighed(step: Step) -> Iterator[Text]:
    """Each opinion's favourite, and the winner, where a decision was weighed."""
    opinions = step.decision.grounds.get("opinions")
    if not opinions:
        return
    favoured = [(name, max(opinion, key=opinion.get)) for name, opinion in opinions.items() if opinion]
    told = [f"{name} {kind} {opinions[name][kind]:.0%}" for name, kind in favoured]
    yield Text(f"      weighed: {' · '.join(told)} → {step.decision.grounds['winner']}", style="dim")


def _inside(step: Step) -> Iterator[Text]:
    """What a program did, and how it broke; nothing where it is the command itself."""
    inner = moves(step) or ()
    if [move.command for move in inner] == [step.decision.action]:
        return
    for i, move in enumerate(inner):
        mark = "·" if move.valid else "✗ first" if i == step.info.get("failure") else "✗"
        text = Text(f"      {mark} {move.command}", style="" if move.valid else "red")
        yield text.append(f"  {shortened(move.news, ANSWER)}", style="dim not bold")
    if step.info.get("error"):
        yield Text("      " + str(step.info["error"]).rstrip().replace("\n", "\n      "), style="red")
    if step.info.get("ending") in CUT:
        yield Text(f"      {CUT[step.info['ending']]}", style="red")


def actions_table(run: RunView) -> Table | None:
    """Name, calls and failures of what was learned; None where that is no action."""
    found = learned(run)
    if not found:
        return None
    table = Table(title="Learned actions", title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=(0, 1))
    several = len({one.seed for one in found}) > 1
    for name in (*(["seed"] if several else []), "action", "by"):
        table.add_column(name, overflow="fold")
    for name in ("calls in\nlearning", "of them\nfailed", "calls in\nthe test", "of them\nfailed"):
        table.add_column(name, justify="right")
    for one in found:
        numbers = (one.action.calls, one.action.failures, one.called, one.failed)
        texts = (*([str(one.seed)] if several else []), one.action.name, one.action.by)
        table.add_row(*map(Text, texts), *map(str, numbers))
    return table


def actions_text(found: Sequence[Learned]) -> RenderableType:
    """Learned actions as code, each under a head that says what it does and how it fared."""
    return Group(*(part for one in found for part in _action_text(one)))


def _action_text(one: Learned) -> Iterator[RenderableType]:
    action = one.action
    yield Text(action.signature, style="bold cyan")
    if action.about:
        yield Text(action.about)
    for note in action.notes:
        yield Text(f"note: {note}", style="yellow")
    fared = f"learning: {success(action.calls, action.failures)}; test: {success(one.called, one.failed)}"
    yield Text(f"{one.author} (seed {one.seed}); {fared}", style="dim")
    yield Syntax(action.source, "python", theme="ansi_dark", background_color="default", word_wrap=True)


def _call_text(call: Call) -> Text:
    text = Text(style="dim")
    request, reply = call.request, call.reply
    if isinstance(request, Generate | Score):
        for message in request.messages:
            text.append(f"\n  [{message.role}] ", style="bold").append(message.content.replace("\n", "\n  "))
    if isinstance(request, Embed):
        text.append(f"\n  [{request.to}] embed {len(request.texts)} texts", style="bold")
    text.append(f"\n  [{request.to} replies] ", style="bold")
    if isinstance(reply, Completion):
        return text.append(reply.text)
    if isinstance(reply, Failure):
        return text.append(reply.error, style="red")
    if isinstance(reply, Scores) and isinstance(request, Score):
        scored = zip(request.continuations, reply.totals, strict=True)
        return text.append("".join(f"\n  {total:8.2f} {continuation}" for continuation, total in scored))
    return text.append("vectors")
