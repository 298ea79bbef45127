"""A script is a function of the request."""

import json

import pytest

from worldlore.errors import ConfigError, ContextOverflow, ModelError
from worldlore.experience import (
    Completion,
    Embed,
    Failure,
    Generate,
    Message,
    Sampling,
    Score,
    Scores,
    Usage,
    Vectors,
)
from worldlore.models import MODELS
from worldlore.models.scripted import Rule, Scripted


def asked(*said: str, seed: int | None = None, **sampling) -> Generate:
    """A conversation: what the user said and, every second, what the assistant said."""
    roles = ("user", "assistant")
    messages = tuple(Message(roles[i % 2], text) for i, text in enumerate(said))
    return Generate(messages, Sampling(seed=seed, **sampling))


def texts(replies):
    return [reply.text if isinstance(reply, Completion) else reply for reply in replies]


def test_a_list_is_read_by_turn_whatever_was_asked_before():
    model = Scripted.of(["look", "go to desk 1"])
    second, first = asked("hello", "look", "you see a desk"), asked("hello")
    assert texts(model.generate([second, first, second])) == ["go to desk 1", "look", "go to desk 1"]


def test_beyond_the_end_a_request_fails_with_the_remedy_and_its_neighbours_do_not():
    failed, fine = Scripted.of(["look"]).generate([asked("a", "b", "c"), asked("a")])
    assert isinstance(failed, Failure) and "turn 2" in failed.error and "repeat = true" in failed.error
    assert texts([fine]) == ["look"]


def test_a_repeating_list_begins_again():
    model = Scripted.of(["one", "two"], repeat=True)
    assert texts(model.generate([asked("a", "b", "c", "d", "e")])) == ["one"]


def test_the_seed_picks_among_alternatives():
    model = Scripted.of([["left", "right"]])
    assert texts(model.generate([asked("a", seed=seed) for seed in (0, 1, 2, None)])) == [
        "left",
        "right",
        "left",
        "left",
    ]


def test_a_rule_answers_whatever_matches_and_takes_no_turn():
    model = Scripted.of([Rule(when="lamp.*1", reply="use desklamp 1"), "look", Rule(when="lamp", reply=["no", "yes"])])
    requests = [asked("a desklamp 1"), asked("hello"), asked("a lamp", seed=1), asked("lamp 1", "look", "nothing")]
    assert texts(model.generate(requests))[:3] == ["use desklamp 1", "look", "yes"]
    assert isinstance(model.generate(requests)[3], Failure)


def test_rules_alone_make_a_script():
    model = Scripted.of([Rule(when="x", reply="y")], repeat=True)
    said, nothing = model.generate([asked("x"), asked("z")])
    assert said.text == "y" and isinstance(nothing, Failure)


def test_stop_strings_and_the_token_limit_are_honoured_and_words_are_counted():
    model = Scripted.of(["think hard\nact now"])
    whole, stopped, cut = model.generate(
        [asked("one two"), asked("a", stop=("act", "\n")), asked("a", max_tokens=3)],
    )
    assert whole == Completion("think hard\nact now", usage=Usage(2, 4))
    assert (stopped.text, stopped.finish) == ("think hard", "stop")
    assert (cut.text, cut.finish, cut.usage.completion_tokens) == ("think hard\nact", "length", 3)


def test_a_function_sees_the_request_and_may_answer_with_any_reply():
    exact = Completion("x", tokens=(1, 2), logprobs=(-0.1, -0.2))
    script = {"a": "text", "b": exact, "c": Failure("no")}
    model = Scripted.of(lambda request: script[request.messages[-1].content])
    assert model.generate([asked("a"), asked("b"), asked("c")]) == [
        Completion("text", usage=Usage(1, 1)),
        exact,
        Failure("no"),
    ]


def test_a_function_scores_and_embeds():
    model = Scripted.of(lambda r: Scores(((-1.0,),)) if isinstance(r, Score) else Vectors(((1.0,),)))
    assert model.can == {"generate", "score", "embed"}
    assert model.score([Score((), ("a",))]) == [Scores(((-1.0,),))]
    assert model.embed([Embed(("a",))]) == [Vectors(((1.0,),))]


def test_a_list_neither_scores_nor_embeds():
    model = Scripted.of(["look"])
    assert model.can == {"generate"}
    with pytest.raises(ConfigError, match="cannot score"):
        model.score([Score((), ("a",))])
    with pytest.raises(ConfigError, match="cannot embed"):
        model.embed([Embed(("a",))])


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ContextOverflow("too long"), "context", "too long"),
        (ModelError("down"), "model", "down"),
        (KeyError("k"), "model", "KeyError"),
    ],
)
def test_what_a_function_raises_fails_its_own_request_only(error, kind, words):
    def script(request):
        if request.messages[-1].content == "bad":
            raise error
        return "fine"

    failed, fine = Scripted.of(script).generate([asked("bad"), asked("good")])
    assert failed.kind == kind and words in failed.error
    assert fine.text == "fine"


def test_a_reply_of_the_wrong_sort_is_a_failure_that_says_so():
    model = Scripted.of(lambda request: "words")
    (reply,) = model.score([Score((), ("a",))])
    assert reply == Failure("the script answered Score with str, not Scores")


def test_equal_scripts_have_equal_identities_and_functions_never_do():
    assert Scripted.of(["a", "b"]).identity == Scripted.of(("a", "b")).identity
    others = [Scripted.of(["a"]), Scripted.of(["a", "b"], repeat=True), Scripted.of([["a", "b"]])]
    assert len({m.identity for m in [Scripted.of(["a", "b"]), *others]}) == 4
    assert Scripted.of(str).identity != Scripted.of(str).identity
    assert Scripted.of(str, identity="mine").identity == Scripted.of(str, identity="mine").identity


@pytest.mark.parametrize("suffix", ["json", "jsonl", "txt"])
def test_a_file_says_what_the_list_would(tmp_path, suffix):
    file = tmp_path / f"replies.{suffix}"
    entries = ["look", "go to desk 1"]
    file.write_text(
        json.dumps(entries) if suffix == "json" else "\n".join(map(json.dumps if suffix == "jsonl" else str, entries))
    )
    model = MODELS.build({"name": "scripted", "file": str(file)})
    assert texts(model.generate([asked("a"), asked("a", "b", "c")])) == entries
    assert model.identity == Scripted.of(entries).identity


def test_rules_and_alternatives_may_stand_in_toml_and_in_a_file(tmp_path):
    entries = [{"when": "lamp", "reply": "use it"}, ["left", "right"]]
    file = tmp_path / "replies.jsonl"
    file.write_text("\n".join(map(json.dumps, entries)) + "\n\n")
    for table in ({"replies": entries}, {"file": file}):
        model = MODELS.build({"name": "scripted", **table})
        assert texts(model.generate([asked("a lamp"), asked("a", seed=1)])) == ["use it", "right"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("r.json", "{", "is no JSON"),
        ("r.jsonl", "look", "is no JSONL"),
        ("r.json", "{}", "replies"),
        ("r.jsonl", '{"when": "(", "reply": "x"}', "when"),
        ("r.jsonl", "[]", "at least 1 item"),
        ("r.txt", b"\xff\xfe\xff", "cannot read"),
        ("missing.txt", None, "cannot read"),
    ],
)
def test_a_file_that_is_no_script_is_refused_in_words(tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=words):
        MODELS.build({"name": "scripted", "file": tmp_path / name})


@pytest.mark.parametrize("table", [{}, {"replies": ["a"], "file": "b"}])
def test_a_script_needs_exactly_one_source(table):
    with pytest.raises(ConfigError, match="either replies"):
        MODELS.build({"name": "scripted", **table})
