import pytest

from worldlore.errors import ConfigError
from worldlore.experiments.suite import load, merged

PAGE = """
name = "study"
[environment]
name = "household"
[models.policy]
name = "scripted"
replies = ["look"]
[method]
name = "replay"
attempts = 3
"""


def written(tmp_path, text):
    path = tmp_path / "page.toml"
    path.write_text(text)
    return path


def test_a_file_without_variants_is_one_experiment(tmp_path):
    (experiment,) = load(written(tmp_path, PAGE))
    assert experiment.name == "study"
    assert {"name": "replay", "attempts": 3, "temperature": None}.items() <= experiment.resolved().method.items()


def test_a_file_without_a_name_is_called_as_the_file(tmp_path):
    (experiment,) = load(written(tmp_path, PAGE.replace('name = "study"', "", 1)))
    assert experiment.name == "page"


def test_each_variant_is_the_page_with_its_own_keys(tmp_path):
    text = PAGE + '[variants.more]\nmethod.attempts = 9\n[variants.baseline]\nmethod = { name = "none" }\n'
    more, baseline = load(written(tmp_path, text))
    assert (more.name, more.method) == ("study/more", {"name": "replay", "attempts": 9})
    assert (baseline.name, baseline.method) == ("study/baseline", {"name": "none"})


def test_an_override_reaches_every_variant(tmp_path):
    text = PAGE + "[variants.a]\nmethod.attempts = 1\nlimits.steps = 3\n[variants.b]\nseeds = [1]\n"
    for experiment in load(written(tmp_path, text), ["limits.steps=7", "environment.dialect=put"]):
        assert experiment.limits.steps == 7
        assert experiment.environment["dialect"] == "put"


def test_a_table_that_names_its_part_replaces_the_other():
    assert merged({"m": {"name": "a", "x": 1}}, {"m": {"name": "b"}}) == {"m": {"name": "b"}}
    assert merged({"m": {"name": "a", "x": 1}}, {"m": {"y": 2}}) == {"m": {"name": "a", "x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("text", "overrides", "says"),
    [
        ("name = ", [], "is no TOML"),
        (PAGE + "[limit]\nsteps = 3", [], "has no key 'limit'; did you mean 'limits'?"),
        (PAGE + "[limits]\nstep = 3", [], "has no key 'limits.step'; did you mean 'steps'?"),
        (PAGE + '[limits]\nsteps = "many"', [], "limits.steps"),
        (PAGE + "[variants]\na = 3", [], "write a variant as a table"),
        (PAGE, ["nonsense"], "write key=value"),
        (PAGE, ["a b=3"], "is no override"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_a_sentence(tmp_path, text, overrides, says):
    with pytest.raises(ConfigError) as error:
        load(written(tmp_path, text), overrides)
    assert says in str(error.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(ConfigError, match="no file"):
        load(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="is a folder"):
        load(tmp_path)


def test_a_path_through_a_file_is_told(tmp_path):
    page = tmp_path / "page.toml"
    page.write_text("")
    with pytest.raises(ConfigError, match=r"cannot be read \(Not a directory\); give the path of a TOML file"):
        load(page / "inside.toml")


def test_the_digest_depends_on_what_is_measured_and_not_on_the_name(tmp_path):
    (one,) = load(written(tmp_path, PAGE))
    (renamed,) = load(written(tmp_path, PAGE), ["name=other", "cache=false"])
    (longer,) = load(written(tmp_path, PAGE), ["limits.steps=31"])
    assert one.digest == renamed.digest != longer.digest
