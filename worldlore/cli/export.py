"""`worldlore export RUN --to TARGET --out FOLDER`: what was learned or played, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worldlore.cli.terminal import Terminal
from worldlore.errors import ConfigError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from worldlore.reports.export import Selection


Folder = Annotated[Path, typer.Argument(help="Folder of a run; skills and openai-tools take a lesson's, too.")]
Target = Annotated[str, typer.Option("--to", help="One of the targets above.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.", show_default=False)]
Seed = Annotated[int | None, typer.Option(help="Learning seed of a run; the first one unless told.")]
Part = Annotated[Literal["train", "test"], typer.Option(help="What practice played, or the test.")]
Pairs = Annotated[
    Literal["usable", "trained", "all"],
    typer.Option(help="Pairs that meet the method's thresholds, those it trained on, or all, with a flag."),
]
Episodes = Annotated[
    Literal["wins", "all"] | None,
    typer.Option(help="Which episodes; unless told, wins for training and all for viewers.", show_default=False),
]
Replies = Annotated[bool, typer.Option("--replies", help="One record a reply, not one a conversation.")]
Examples = Annotated[
    bool | None,
    typer.Option(
        "--examples/--no-examples",
        help="Keep all examples that prompts showed, or ask without any; unless told, as in training: solved "
        "tasks shown as turns are left out.",
        show_default=False,
    ),
]
Tokenizer = Annotated[
    Path | None, typer.Option(help="Folder of a model: its tokens and chat template measure a record.")
]
Tokens = Annotated[int | None, typer.Option(help="Leave out records with more tokens.", min=1, show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")]


def export(  # noqa: PLR0913, PLR0917 - each is an option of the command
    run: Folder,
    to: Target,
    out: Out,
    seed: Seed = None,
    part: Part = "train",
    pairs: Pairs = "usable",
    episodes: Episodes = None,
    replies: Replies = False,
    examples: Examples = None,
    tokenizer: Tokenizer = None,
    tokens: Tokens = None,
    force: Force = False,
) -> None:
    """Write what was played or learned for other programs.

    \b
    Preference pairs from a run's trees:
      llamafactory-ranking, trl-preference, datasets-preference (parquet).

    \b
    Trees as DensePolicy's own scripts read them:
      treedpo (a table).

    \b
    Conversations to imitate, successes unless told otherwise:
      llamafactory-sharegpt, trl-sft, datasets-sft.

    \b
    What happened, for world models:
      transitions (obs, act, diff), transitions-sft.

    \b
    Episodes for viewers:
      atif (Harbor's trajectory format), inspect (an .eval log).

    \b
    Learned actions:
      skills (Agent Skills), openai-tools (tool schemas).
    """  # noqa: D301 - click is told by a backspace to keep lines as they are
    from worldlore.reports.export import DATASETS, EXPORTS, Selection

    selection = Selection(seed, part, pairs, episodes, replies, examples, tokenizer, tokens)
    if to not in (*EXPORTS.names, *DATASETS.names):
        raise unknown("export", to, [*EXPORTS.names, *DATASETS.names])
    write = _played if to in DATASETS.names else _learned
    paths, told = write(run, to, out, selection, force)
    console = Terminal(highlight=False, soft_wrap=True)
    for line in filter(None, (*paths, told)):
        console.print(str(line), markup=False)


def _played(run: Path, to: str, out: Path, selection: Selection, force: bool) -> tuple[Iterable[Path], str]:
    from worldlore.experiments.store import Run
    from worldlore.reports.export import DATASETS, Source, write

    source = Source(Run.open(run), selection)
    paths = write(source, DATASETS.load(to), out, force)
    return paths, ", ".join(f"{count} {what}" for what, count in source.tally.items() if count)


def _learned(run: Path, to: str, out: Path, selection: Selection, force: bool) -> tuple[Iterable[Path], str]:
    from worldlore.reports.export import Selection, export, opened

    if selection != Selection(seed=selection.seed):
        raise ConfigError(f"{to} tells a lesson, which has no episodes to choose from; leave out all but --seed")
    return export(opened(run, selection.seed), to, out, force), ""
