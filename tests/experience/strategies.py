"""Any record there can be, for laws about all of them."""

from hypothesis import strategies as st

from worldlore.experience import (
    Appraisal,
    Call,
    Completion,
    Cost,
    Decision,
    Embed,
    Failure,
    Generate,
    Message,
    Observation,
    Sampling,
    Score,
    Scores,
    Step,
    Stop,
    Task,
    Trajectory,
    Transition,
    Tree,
    Usage,
    Vectors,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any text that can be written as UTF-8: line separators, quotes, emoji and control characters among it."""
whole = st.integers(0, 10**9)
real = st.floats(allow_nan=False, width=64)
logprobs = st.floats(max_value=0.0, allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
json_tables = st.dictionaries(texts, values, max_size=2)


def tuples(of, most=2):
    return st.lists(of, max_size=most).map(tuple)


messages = st.builds(Message, st.sampled_from(["system", "user", "assistant"]), texts)
samplings = st.builds(
    Sampling, st.floats(0, 2), st.floats(0, 1), st.integers(1, 4096), tuples(texts), st.none() | st.integers(0, 2**31)
)
usages = st.builds(Usage, whole, whole, st.floats(0, 1e6))
roles = st.sampled_from(["policy", "world"]) | texts
generates = st.builds(Generate, tuples(messages, 3), samplings, roles, texts)
scores_ = st.builds(Score, tuples(messages, 3), tuples(texts), roles, st.booleans())
embeds = st.builds(Embed, tuples(texts), texts)
requests = generates | scores_ | embeds
completions = st.builds(
    Completion,
    texts,
    st.sampled_from(["stop", "length"]),
    st.none() | tuples(whole),
    st.none() | tuples(logprobs),
    usages,
)
scored = st.builds(Scores, tuples(tuples(logprobs)), usages)
vectors = st.builds(Vectors, tuples(tuples(real)), usages)
failures = st.builds(Failure, texts, st.sampled_from(["model", "context"]))
replies = completions | scored | vectors | failures
calls = st.builds(Call, requests, replies)
tasks = st.builds(Task, texts, texts, texts, texts, json_tables)
observations = st.builds(Observation, texts, st.none() | tuples(texts))
decisions = st.builds(Decision, texts, texts, json_tables)
steps = st.builds(Step, observations, decisions, st.floats(0, 1), json_tables, tuples(calls))
stops = st.none() | st.sampled_from(Stop)
maybe = st.none() | st.booleans()


def trajectories(task=tasks, seed=whole, step=steps):
    return st.builds(
        Trajectory,
        task,
        seed,
        st.integers(0, 99),
        tuples(step, 4),
        st.none() | observations,
        stops,
        maybe,
        st.none() | texts,
        tuples(calls),
    )


@st.composite
def forests(draw):
    """Trajectories of one task and seed that share prefixes: their steps are drawn from a few."""
    few = st.sampled_from(draw(st.lists(steps, min_size=1, max_size=3)))
    task, seed = st.just(draw(tasks)), st.just(draw(whole))
    given = draw(st.lists(trajectories(task, seed, few), min_size=1, max_size=6))
    return given + draw(st.lists(st.sampled_from(given), max_size=2))


appraisals = st.builds(Appraisal, tuples(st.none() | st.floats(0, 1)), tuples(whole), tuples(st.tuples(whole, whole)))
costs = st.builds(Cost, whole, whole, whole, whole, whole, whole, st.floats(0, 1e6), st.floats(0, 1e6))
records = st.one_of(
    messages,
    samplings,
    usages,
    generates,
    scores_,
    embeds,
    completions,
    scored,
    vectors,
    failures,
    calls,
    tasks,
    observations,
    decisions,
    steps,
    st.builds(Transition, texts, texts, texts, texts),
    costs,
    appraisals,
    trajectories(),
    forests().map(Tree.grow),
)
