"""Parquet holds what JSON Lines hold, whatever a model wrote."""

import json

import pytest

from tests.reports.practised import practised
from worldlore.experience import Message
from worldlore.reports.export import DATASETS, Selection, Source, write

pytest.importorskip("pyarrow")


@pytest.mark.parametrize("kind", ["preference", "sft"])
def test_half_a_surrogate_pair_becomes_a_question_mark_in_both(tmp_path, kind):
    from pyarrow import parquet

    run = practised(tmp_path, before=(Message("user", "half a letter: \ud83d"),))
    (table, _), (lines, _) = (
        write(Source(run, Selection()), DATASETS.load(f"{program}-{kind}"), tmp_path / program)
        for program in ("datasets", "trl")
    )
    found = parquet.read_table(table).to_pylist()
    assert found == [json.loads(line) for line in lines.read_text().splitlines()]
    assert "half a letter: ?" in json.dumps(found)
