"""Pages that extend others, and pages laid over others."""

import pytest

from worldlore.errors import ConfigError
from worldlore.experiments.pages import merged, read
from worldlore.experiments.suite import load

BASE = """
name = "base"
seeds = [1, 2]
[environment]
name = "door"
rule = "not_blue"
[models.policy]
name = "scripted"
replies = ["look"]
[method]
name = "worldllm"
phases = 400
mh = { particles = 1, iterations = 5 }
[variants.mh.method]
inference = "mh"
[variants.none]
method = { name = "none" }
"""


@pytest.fixture
def write(tmp_path):
    """Write a page, by its path under the test's folder."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_a_page_is_the_one_it_extends_with_its_own_keys(write):
    write("base.toml", BASE)
    page = read(write("own.toml", 'extends = "base.toml"\nseeds = [3]\n[method]\nmh.iterations = 2\n'))
    assert page["name"] == "own"
    assert page["seeds"] == [3]
    assert page["method"] == {"name": "worldllm", "phases": 400, "mh": {"particles": 1, "iterations": 2}}
    assert page["environment"] == {"name": "door", "rule": "not_blue"}
    assert "extends" not in page


def test_pages_extend_one_another_from_the_folder_each_lies_in(write, monkeypatch, tmp_path):
    write("base.toml", BASE)
    write("study/middle.toml", 'extends = "../base.toml"\n[method]\nphases = 9\n')
    end = write("study/more/end.toml", 'extends = "../middle.toml"\nname = "last"\n[environment]\nrule = "all_true"\n')
    monkeypatch.chdir(tmp_path / "study")
    assert (read(end)["name"], read(end)["method"]["phases"]) == ("last", 9)
    assert read(end)["environment"] == {"name": "door", "rule": "all_true"}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"name": "a", "x": 1}, {"name": "b", "y": 2}, {"name": "b", "y": 2}),
        ({"name": "a", "x": 1}, {"name": "a", "y": 2}, {"name": "a", "x": 1, "y": 2}),
        ({"name": "a", "x": 1}, {"x": 2}, {"name": "a", "x": 2}),
        ({"x": 1}, {"name": "a"}, {"name": "a"}),
        ({"name": {"x": 1}}, {"name": {"y": 2}}, {"name": {"x": 1, "y": 2}}),
        ({"x": [1, 2]}, {"x": [3]}, {"x": [3]}),
    ],
)
def test_a_table_whose_name_changes_starts_afresh(old, new, found):
    assert merged({"table": old}, {"table": new}) == {"table": found}


def test_variants_are_merged_by_name(write):
    write("base.toml", BASE)
    own = 'extends = "base.toml"\n[variants.mh.method]\nmh.particles = 3\n[variants.smc.method]\ninference = "smc"\n'
    found = {e.name: e.method for e in load(write("own.toml", own))}
    assert list(found) == ["own/mh", "own/none", "own/smc"]
    assert found["own/mh"] == {
        "name": "worldllm",
        "phases": 400,
        "inference": "mh",
        "mh": {"particles": 3, "iterations": 5},
    }
    assert found["own/none"] == {"name": "none"}


def test_a_digest_does_not_depend_on_how_the_page_was_put_together(write):
    write("base.toml", BASE)
    (one, _) = load(write("own.toml", 'extends = "base.toml"\n[method]\nphases = 2\n'))
    (two, _) = load(write("whole.toml", BASE.replace("phases = 400", "phases = 2")))
    over = write("over.toml", "[method]\nphases = 2\n")
    (three, _) = load(write("base.toml", BASE), overlays=[over])
    (four, _) = load(write("base.toml", BASE), ["method.phases=2"])
    pages = [e.resolved().model_dump(mode="json", exclude={"name"}) for e in (one, two, three, four)]
    assert pages == [pages[0]] * 4
    assert len({e.resolved().digest for e in (one, two, three, four)}) == 1


def test_an_overlay_reaches_every_variant_and_is_in_the_name(write):
    small = write("small.toml", "[method]\nphases = 1\n[variants.none]\nseeds = [7]\nmethod = { name = 'none' }\n")
    base = BASE.replace('inference = "mh"', "phases = 50")
    mh, none = load(write("base.toml", base.replace("method = {", "seeds = [1]\nmethod = {")), overlays=[small])
    assert (mh.name, mh.method["phases"], mh.seeds) == ("base-small/mh", 1, (1, 2))
    assert (none.name, none.seeds) == ("base-small/none", (7,))


def test_later_overlays_win_and_overrides_win_over_all(write):
    one, two = write("one.toml", "seeds = [1]\n[method]\nphases = 1\n"), write("two.toml", "[method]\nphases = 2\n")
    page = write("page.toml", BASE.partition("[variants")[0])
    (found,) = load(page, ["limits.steps=3"], [one, two])
    assert (found.name, found.method["phases"], found.seeds, found.limits.steps) == ("base-one-two", 2, (1,), 3)
    (found,) = load(page, ["method.phases=4", "name=mine"], [one, two])
    assert (found.name, found.method["phases"]) == ("mine", 4)


def test_a_variant_s_keys_for_one_part_do_not_reach_another_laid_over_it(write):
    text = BASE.replace('[variants.mh.method]\ninference = "mh"', "[variants.mh]\nmodels.policy.repeat = true")
    over = write("over.toml", '[models.policy]\nname = "embedded"\n')
    mh, _ = load(write("base.toml", text), overlays=[over])
    assert mh.models == {"policy": {"name": "embedded"}}


def test_an_override_of_one_variant_leaves_the_others(write):
    mh, none = load(write("base.toml", BASE), ["variants.mh.method.phases=3"])
    assert mh.method["phases"] == 3
    assert none.method == {"name": "none"}


def test_a_page_that_extends_itself_by_way_of_others_is_refused(write):
    write("a.toml", 'extends = "b.toml"')
    write("b.toml", 'extends = "./a.toml"')
    with pytest.raises(ConfigError, match=r"a\.toml extends .*b\.toml extends .*a\.toml: a page cannot extend itself"):
        read(write("own.toml", 'extends = "a.toml"'))
    with pytest.raises(ConfigError, match="take one `extends` away"):
        read(write("self.toml", 'extends = "self.toml"'))


def test_a_base_that_is_not_there_is_told_with_where_it_was_sought(write, tmp_path):
    with pytest.raises(ConfigError) as error:
        read(write("own.toml", 'extends = "bass.toml"'))
    own, bass = tmp_path / "own.toml", tmp_path / "bass.toml"
    told = f"{own} extends 'bass.toml', and there is no file {bass}; the path counts from {tmp_path}"
    assert str(error.value) == told


def test_what_is_no_path_cannot_be_extended(write):
    with pytest.raises(ConfigError, match=r'as in extends = "base\.toml"; got \[\'a\.toml\'\]'):
        read(write("own.toml", 'extends = ["a.toml"]'))


def test_an_overlay_run_alone_is_told_what_it_is_for(write):
    with pytest.raises(ConfigError, match=r"small\.toml has no \[environment\]; .* run that one --with it"):
        load(write("small.toml", "[method]\nphases = 1\n"))
