"""What was played, leaving Worldlore: the trees and episodes of a run in, files for other trainers and viewers out.

    source.py          what of a run leaves: pairs from its trees, episodes, conversations
    asking.py          what an agent is asked, with its examples or without
    length.py          how long a record is in a model's own tokens
    llamafactory.py    LLaMA-Factory: ranking and ShareGPT, with the entry of `dataset_info.json`
    trl.py             TRL: conversational preference, SFT messages; the same as parquet for `datasets`
    treedpo.py         trees in the published table: a row a task, its rollouts by address
    moments.py         transitions, to fine-tune a world model on
    atif.py            Harbor's Agent Trajectory Interchange Format
    inspect_log.py     Inspect's `.eval` logs
    write.py           files and entries of an index, and writing them

A target is a function from a `Source` to `File`s; other packages join by an entry point in the group
`worldlore.datasets`. What is told is verbatim: a prompt as it was sampled from, a reply as it was written. Only
solved tasks shown as turns are left out of prompts, as in training; where no examples at all are wanted, the agent is
asked anew, and its replies stay what they were.
"""

from worldlore.config import Family
from worldlore.reports.export.data.source import Selection, Source
from worldlore.reports.export.data.write import File, write

DATASETS = Family(
    "dataset",
    {
        "llamafactory-ranking": "worldlore.reports.export.data.llamafactory:ranking",
        "llamafactory-sharegpt": "worldlore.reports.export.data.llamafactory:sharegpt",
        "trl-preference": "worldlore.reports.export.data.trl:preference",
        "trl-sft": "worldlore.reports.export.data.trl:sft",
        "datasets-preference": "worldlore.reports.export.data.trl:parquet_preference",
        "datasets-sft": "worldlore.reports.export.data.trl:parquet_sft",
        "treedpo": "worldlore.reports.export.data.treedpo:treedpo",
        "transitions": "worldlore.reports.export.data.moments:published",
        "transitions-sft": "worldlore.reports.export.data.moments:conversations",
        "atif": "worldlore.reports.export.data.atif:atif",
        "inspect": "worldlore.reports.export.data.inspect_log:inspect_log",
    },
    {"pyarrow": "export"},
)
"""All targets by name."""

__all__ = ["DATASETS", "File", "Selection", "Source", "write"]
