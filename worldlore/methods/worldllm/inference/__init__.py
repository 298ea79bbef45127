"""Ways to search for theories, all under one small interface: episodes in, a belief out."""

from worldlore.methods.worldllm.inference.base import Belief, Inference, Study, mixture, together
from worldlore.methods.worldllm.inference.importance import Importance, ImportanceConfig
from worldlore.methods.worldllm.inference.mh import Metropolis, MetropolisConfig
from worldlore.methods.worldllm.inference.smc import Sequential, SequentialConfig

__all__ = [
    "Belief",
    "Importance",
    "ImportanceConfig",
    "Inference",
    "Metropolis",
    "MetropolisConfig",
    "Sequential",
    "SequentialConfig",
    "Study",
    "mixture",
    "together",
]
