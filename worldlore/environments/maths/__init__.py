"""Problems of mathematics, solved with Python over several turns and answered in words.

problems         what a problem is
environment      the world: blocks and answers          interpreter     Python that can be put back
worlds           gsm8k, math, arithmetic                files           published problems, local or of the hub
numbers          answers that are numbers               checking        answers in LaTeX, by math-verify
arithmetic/      the generator                          latex           Python put into LaTeX, unevaluated
"""

from worldlore.environments.maths.environment import Maths, MathsConfig
from worldlore.environments.maths.problems import Problem
from worldlore.environments.maths.worlds import Arithmetic, Gsm8k, Mathematics

__all__ = ["Arithmetic", "Gsm8k", "Mathematics", "Maths", "MathsConfig", "Problem"]
