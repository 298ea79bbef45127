"""DensePolicy: weights from preferences between sibling steps of dense trees.

For each training task a tree of rollouts is grown by varying how each step is sampled; a node's value is the success
that followed; siblings whose values clearly differ become step-level preference pairs; the policy is trained on them.

    labels.py    what a branch's label means          values.py   what a node is worth
    search.py    which rollouts to try next           pairs.py    which siblings make a pair
    balance.py   how many pairs of how many tasks   trees.py    how trees are grown and valued
    survey.py    a forest in numbers                method.py   all of it in order
"""

from worldlore.methods.densepolicy.balance import Balance, balanced
from worldlore.methods.densepolicy.labels import temperature_of
from worldlore.methods.densepolicy.method import DensePolicy, DensePolicyConfig
from worldlore.methods.densepolicy.pairs import Pair, Thresholds, pairs_of, usable_pairs
from worldlore.methods.densepolicy.search import Searching, searching
from worldlore.methods.densepolicy.survey import Survey
from worldlore.methods.densepolicy.trees import Trees
from worldlore.methods.densepolicy.values import Values, evaluate

__all__ = [
    "Balance",
    "DensePolicy",
    "DensePolicyConfig",
    "Pair",
    "Searching",
    "Survey",
    "Thresholds",
    "Trees",
    "Values",
    "balanced",
    "evaluate",
    "pairs_of",
    "searching",
    "temperature_of",
    "usable_pairs",
]
