"""WKM: a world knowledge model, made of what expert and own trajectories do differently (arXiv 2405.14205).

pairs.py       an expert's course of a task, and the agent's own, played or published
contrast.py    both kinds of knowledge without a language model; phrases.py: the words it is made of
synthesis.py   both kinds by a language model
tuition.py     what both models are to say, as turns; the cases
released.py    the files that WKM released
fusion.py      how much each source is to be heard, fitted
method.py      from pairs to two sets of weights and a case base
"""

from worldlore.methods.wkm.method import WkmMethod, WkmMethodConfig

__all__ = ["WkmMethod", "WkmMethodConfig"]
