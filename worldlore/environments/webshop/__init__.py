"""WebShop: find something in a shop by searching and clicking, choose its options, buy it.

    attributes, shelves     what the generated shop is made of: words
    catalogue, generate     products and the search; the generated ones
    goals, matching         what is wanted, in splits; when two phrases are the same
    reward                  what a purchase is worth
    pages                   what is read, and where clicks lead
    expert                  a customer who buys within ten steps
    files                   WebShop's own products and instructions, where the user has them
    published               trajectories as ETO and WKM publish them
    environment             the environment in words

Pages, actions and reward are WebShop's (Yao et al., arXiv 2207.01206) as WKM and ETO play it; products and instructions
are generated, so a score here is *WebShop-style, generated*, unless `data` names a folder with WebShop's own. The one
reward comes with the purchase, and success is a reward of 1. Ten steps are the usual limit, the loop's to keep.
"""

from worldlore.environments.webshop.catalogue import Catalogue, Product
from worldlore.environments.webshop.environment import Webshop, WebshopConfig
from worldlore.environments.webshop.generate import generated
from worldlore.environments.webshop.goals import SPLITS, Goal
from worldlore.environments.webshop.pages import Place, Shop
from worldlore.environments.webshop.reward import Reward, judge

__all__ = [
    "SPLITS",
    "Catalogue",
    "Goal",
    "Place",
    "Product",
    "Reward",
    "Shop",
    "Webshop",
    "WebshopConfig",
    "generated",
    "judge",
]
