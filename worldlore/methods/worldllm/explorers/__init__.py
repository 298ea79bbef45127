"""Explorers: experimenters that learn to go where theories fail (WorldLLM's reinforcement learning; extra `rl`).

rewards      what a step earns; arithmetic only          curiosity    which theories are asked for it, at what cost
rollout      many scenes played at once, as episodes     learner      MaskablePPO of sb3-contrib, fed and trained
explorer     play, be paid, learn; and go on after a kill exactly where it was
"""

from worldlore.methods.worldllm.explorers.curiosity import Verdict
from worldlore.methods.worldllm.explorers.explorer import Explorer
from worldlore.methods.worldllm.explorers.keys import ExplorerConfig

__all__ = ["Explorer", "ExplorerConfig", "Verdict"]
