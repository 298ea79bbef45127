"""The command: one file a verb.

    worldlore demo                 the whole story on the embedded default
    worldlore run FILE.toml        run an experiment, or go on with it
    worldlore compare RUN RUN…     results side by side, against the first
    worldlore report RUN…          one HTML page to look at everything
    worldlore show RUN             an episode, step by step
    worldlore export RUN           what was learned or played, for other programs
    worldlore play ENVIRONMENT     play a task yourself
    worldlore check ENVIRONMENT    hold an environment to its contract
    worldlore list [WHAT]          what there is to choose from

What is the user's to fix is told in one sentence, with the remedy, and exit status 2; a failure of Worldlore or of
the machine in one sentence with exit status 1. Nothing heavy is imported before it is needed.
"""

from worldlore.cli.app import main

__all__ = ["main"]
