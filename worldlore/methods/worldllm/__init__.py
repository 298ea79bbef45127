"""WorldLLM: theories of how a world works, found by Bayesian search (arXiv 2506.06725).

experimenters.py   who gathers evidence                    worlds.py     the words for a world
statistician.py    how likely the evidence is under a theory
theorist.py        who proposes theories: a language model; grammar.py, spaces.py: a grammar of rules
inference/         how theories are weighed and kept       memory.py     evidence that is remembered
heldout.py         what theories foretell of episodes they were not sought on
corpus.py          what happened as conversations, to fine-tune a world model on
method.py          collection by collection, the whole
"""

from worldlore.methods.worldllm.method import WorldLLM, WorldLLMConfig

__all__ = ["WorldLLM", "WorldLLMConfig"]
