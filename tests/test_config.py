"""How a word in a TOML file becomes an object, and what is said when it does not."""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint

import pytest
from pydantic import Field

from worldlore import config
from worldlore.agents import AGENTS
from worldlore.config import Config, Family, parse
from worldlore.environments import ENVIRONMENTS
from worldlore.errors import ConfigError
from worldlore.methods import METHODS
from worldlore.models import MODELS

HERE = __name__
FAMILIES = (ENVIRONMENTS, MODELS, AGENTS, METHODS)


class Engine(Config):
    power: int = Field(5, ge=1)
    """Horses."""
    fuel: str = "oats"
    """What it runs on."""


class CarConfig(Config):
    wheels: int = 4
    """How many."""
    engine: Engine = Engine()
    """What moves it."""
    spare: Engine | None = None
    """What moves it when the other does not."""
    trailers: tuple[Engine, ...] = ()
    """What follows."""
    colour: str = "red"
    """Of the paint."""


class Car:
    Config = CarConfig

    def __init__(self, config: CarConfig) -> None:
        self.config = config


class Boat:
    class Config(Config):
        sails: int
        """How many."""

    def __init__(self, config) -> None:
        self.config = config


PARTS = Family(
    "vehicle",
    {"car": f"{HERE}:Car", "boat": f"{HERE}:Boat", "rocket": "no_such_rocket.engine:Rocket", "gone": f"{HERE}:Gone"},
    {"no_such_rocket": "space"},
)


def refused(table) -> str:
    with pytest.raises(ConfigError) as caught:
        PARTS.build(table)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_table_becomes_the_part_it_names():
    car = PARTS.build(tomllib.loads('name = "car"\nwheels = 3\nengine.power = 7'))
    assert isinstance(car, Car)
    assert (car.config.wheels, car.config.engine.power, car.config.colour) == (3, 7, "red")


def test_a_resolved_table_has_every_default_and_builds_the_same():
    table = {"name": "car", "spare": {"fuel": "hay"}}
    full = PARTS.resolve(table)
    assert full == {
        "name": "car",
        "wheels": 4,
        "engine": {"power": 5, "fuel": "oats"},
        "spare": {"power": 5, "fuel": "hay"},
        "trailers": [],
        "colour": "red",
    }
    assert PARTS.resolve(full) == full
    assert PARTS.build(full).config == PARTS.build(table).config


def test_an_unknown_name_is_answered_with_the_nearest():
    assert refused({"name": "cart"}) == "no vehicle 'cart'; did you mean 'car'? (known: boat, car, gone, rocket)"
    assert refused({"name": "x"}) == "no vehicle 'x' (known: boat, car, gone, rocket)"


@pytest.mark.parametrize("table", [{}, {"wheels": 3}, {"name": 7}])
def test_a_table_without_a_name_is_told_the_names(table):
    assert refused(table) == "[vehicle] needs a name; one of boat, car, gone, rocket"


def test_an_unknown_key_is_answered_with_the_nearest():
    told = refused({"name": "car", "weels": 3})
    assert told.startswith("vehicle 'car' has no key 'weels'; did you mean 'wheels'? (known: colour, engine, ")
    assert refused({"name": "car", "qqqq": 3}).startswith("vehicle 'car' has no key 'qqqq' (known: colour, ")


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"engine": {"pover": 3}}, "engine.pover"),
        ({"spare": {"pover": 3}}, "spare.pover"),
        ({"trailers": [{}, {"pover": 3}]}, "trailers.1.pover"),
    ],
)
def test_an_unknown_nested_key_is_answered_with_its_neighbours(keys, key):
    told = refused({"name": "car", **keys})
    assert told == f"vehicle 'car' has no key {key!r}; did you mean 'power'? (known: fuel, power)"


def test_a_wrong_value_is_shown():
    assert "wheels: " in refused({"name": "car", "wheels": "many"})
    assert "(got 'many')" in refused({"name": "car", "wheels": "many"})
    assert "engine.power: " in refused({"name": "car", "engine": {"power": 0}})
    assert "(got 0)" in refused({"name": "car", "engine": {"power": 0}})


def test_a_missing_key_is_named():
    assert refused({"name": "boat"}) == "vehicle 'boat': sails is missing"


def test_a_number_where_a_list_belongs_is_told_in_toml_s_words():
    assert "trailers: a list is wanted, as in [0, 1, 2] (got 3)" in refused({"name": "car", "trailers": 3})


def test_every_fault_is_told_at_once():
    told = refused({"name": "car", "weels": 3, "wheels": "x"})
    assert "weels" in told
    assert "(got 'x')" in told


def test_a_missing_extra_is_told_with_the_command_that_brings_it():
    told = refused({"name": "rocket"})
    assert told == (
        "vehicle 'rocket' needs the package 'no_such_rocket', which is not installed: "
        f"{config._python()} -m pip install 'worldlore[space]'"
    )
    alone = Family("vehicle", {"rocket": "no_such_rocket:Rocket"}, {})
    with pytest.raises(ConfigError, match=r"'no_such_rocket', which is not installed; install it$"):
        alone.load("rocket")


def test_a_class_that_is_not_there_is_told():
    assert "has no attribute 'Gone'" in refused({"name": "gone"})


def test_a_part_of_ones_own_is_named_by_module_and_class():
    assert isinstance(PARTS.build({"name": f"{HERE}:Car", "wheels": 6}), Car)
    assert PARTS.resolve({"name": f"{HERE}:Boat", "sails": 2}) == {"name": f"{HERE}:Boat", "sails": 2}
    assert "has no attribute 'Plane'; write module:Class" in refused({"name": f"{HERE}:Plane"})


def test_a_module_of_ones_own_that_is_not_there_is_not_looked_for_in_the_index(tmp_path, monkeypatch):
    told = refused({"name": "corridor_of_mine:Corridor"})
    assert told == (
        "no module 'corridor_of_mine' in this folder or on the path; run where corridor_of_mine.py is, or install it"
    )
    assert "run where corridor_of_mine/walk.py is" in refused({"name": "corridor_of_mine.walk:Corridor"})
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "hallway_of_mine.py").write_text("import no_such_paint\n")
    told = refused({"name": "hallway_of_mine:Hallway"})
    assert told == (
        "'hallway_of_mine:Hallway' imports the module 'no_such_paint', which is not in this folder or on the path"
    )


def test_other_packages_join_by_entry_point(monkeypatch):
    asked = []

    def others(group):
        asked.append(group)
        return [EntryPoint("truck", f"{HERE}:Car", group), EntryPoint("car", "elsewhere:Car", group)]

    monkeypatch.setattr(config, "entry_points", others)
    family = Family("vehicle", {"car": f"{HERE}:Car"}, {})
    assert family.names == {"truck": f"{HERE}:Car", "car": f"{HERE}:Car"}
    assert isinstance(family.build({"name": "truck", "wheels": 6}), Car)
    assert asked == ["worldlore.vehicles"]


def test_a_config_is_frozen_and_closed():
    parsed = parse(CarConfig, {"wheels": 3}, "here")
    with pytest.raises(ValueError, match="frozen"):
        parsed.wheels = 5
    with pytest.raises(ConfigError, match="here has no key 'doors'"):
        parse(CarConfig, {"doors": 2}, "here")


@pytest.mark.parametrize(("family", "name"), [(f, n) for f in FAMILIES for n in f.known])
def test_every_part_that_ships_has_its_name_and_its_keys(family, name):
    try:
        part = family.load(name)
    except ConfigError as error:
        assert "pip install 'worldlore[" in str(error)
        pytest.skip(str(error))
    assert part.name == name
    assert part.__doc__
    assert issubclass(part.Config, Config)


def test_naming_a_part_loads_nothing_heavy():
    code = (
        "import sys; import worldlore.agents, worldlore.environments, worldlore.methods, worldlore.models; "
        "from worldlore.methods import METHODS; METHODS.resolve({'name': 'densepolicy'}); "
        "print(sorted({'torch', 'transformers', 'openai', 'peft'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def own(folder, monkeypatch, module, text):
    """A module of the user's own, where it is found."""
    monkeypatch.syspath_prepend(folder)
    (folder / f"{module}.py").write_text(text)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("./counter.py:Counter", r"names a file; write counter:Counter$"),
        ("counter.py:Counter", r"names a file; write counter:Counter$"),
        ("../worlds/counter.py:Counter", r"write counter:Counter in the folder \.\./worlds$"),
        ("counter.py", r"names a file; write counter:Class$"),
    ],
)
def test_a_file_in_place_of_a_module_is_answered_with_what_to_write(name, told):
    with pytest.raises(ConfigError, match=told):
        ENVIRONMENTS.load(name)


def test_a_class_of_another_family_is_refused_in_one_sentence():
    with pytest.raises(ConfigError, match=r"is no agent: it does not derive from worldlore.agents.Agent"):
        AGENTS.load("worldlore.environments.door:Door")


def test_what_is_no_class_is_refused(tmp_path, monkeypatch):
    own(tmp_path, monkeypatch, "counter_with_random", "import random\n")
    with pytest.raises(ConfigError, match="'counter_with_random:random' is a module, not a class"):
        ENVIRONMENTS.load("counter_with_random:random")


def test_an_error_in_ones_own_file_is_told_with_its_line(tmp_path, monkeypatch):
    own(tmp_path, monkeypatch, "counter_unclosed", "x = 1\ny = (\n")
    with pytest.raises(ConfigError, match=r"counter_unclosed.py, line 2: SyntaxError: '\(' was never closed"):
        ENVIRONMENTS.load("counter_unclosed:Counter")
    own(tmp_path, monkeypatch, "counter_divided", "x = 1\ny = 1 / 0\n")
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)  # as the package pddl sets it
    with pytest.raises(ConfigError, match=r"counter_divided.py, line 2: ZeroDivisionError"):
        ENVIRONMENTS.load("counter_divided:Counter")


def test_a_class_that_takes_no_keys_or_lacks_methods_is_told_what_to_write(tmp_path, monkeypatch):
    head = "from worldlore.methods import Method\nclass Mine(Method):\n"
    own(tmp_path, monkeypatch, "mine_without_init", f"{head}    def learn(self, agent, practice): ...\n")
    with pytest.raises(ConfigError, match=r"give it def __init__\(self, config: Config\) -> None"):
        METHODS.build({"name": "mine_without_init:Mine"})
    own(tmp_path, monkeypatch, "mine_without_learn", f"{head}    pass\n")
    with pytest.raises(ConfigError, match=r"lacks learn"):
        METHODS.build({"name": "mine_without_learn:Mine"})
