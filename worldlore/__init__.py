"""Worldlore: language-model agents that learn from the worlds they act in, and a fair way to see whether they did.

The floors, every arrow pointing down (an import contract holds it):

    8  cli            one file per verb
    7  reports        stored runs in; tables, figures and one HTML page out
    6  experiments    the one page, the store, provenance
    5  methods        practice -> lesson            evaluation   statistics
    4  rollout        the one loop, trees, practice training     losses, packing, data, train
    3  models         environments         agents
    2  experience     the records          config
    1  errors         the vocabulary of failure
"""

__version__ = "0.1.0"
