"""WKM: a world knowledge model, made of what expert and own trajectories do differently (arXiv 2405.14205).

method.py        the stages in order; keys.py: all keys, and what they have to agree on
courses.py       an expert's course of a task, and the agent's own, played or read; pairs.py: which of them are pairs
writing.py       what they teach, in words: contrast.py and phrases.py without a language model, synthesis.py by one
tuition.py       what both models are to say, as turns; the cases
teaching.py      weights for both roles
remembering.py   the case base
fusion.py        how much each source is to be heard, fitted
keeping.py       what lies beside the lesson; released.py: the files that WKM released
"""

from worldlore.methods.wkm.keys import WkmMethodConfig
from worldlore.methods.wkm.method import WkmMethod

__all__ = ["WkmMethod", "WkmMethodConfig"]
