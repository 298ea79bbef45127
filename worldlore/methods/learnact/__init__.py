"""Learning actions: functions over a world's primitives that are written, tried, repaired and kept.

The published system is LearnAct (Zhao et al., arXiv 2402.15809). An author proposes candidates, each a set of learned
functions; candidates are tried on a few training tasks and scored; the best one's first failing call is shown to the
author, who revises the candidate; and so on. One candidate wins: its functions, notes and demonstrations are the
lesson.

    method.py     the loop and its keys
    author.py     what passes between the loop and an author, whoever that is
    trial.py      what became of a candidate's calls: score, counts, the first failing call
    recital.py    an agent that recites, for trying code and for demonstrations
    learner.py    the author that is a language model: it writes at the desk (desk.py) and tries at the bench (bench.py)
    requests.py   what it is asked, with worked examples from prompts/; replies.py and code.py read what it answers
    mined/        the author that needs none: what successful trajectories have in common

Where the paper and its program differ, this follows the paper; where both let something go wrong, it does not: an
action failed if anything inside it failed, demonstrations are carried out before they are shown, the best candidate's
score is never lost, and notes outlive a revision that keeps the signature.
"""

from worldlore.methods.learnact.method import LearnAct, LearnActConfig

__all__ = ["LearnAct", "LearnActConfig"]
