"""A shop of a few products whose every word is known."""

from __future__ import annotations

from worldlore.environments.webshop import Catalogue, Goal, Product
from worldlore.environments.webshop.catalogue import BETWEEN, Review

LAMP = Product(
    asin="B0LAMP0001",
    title="Norvik Dimmable Desk Lamp for Reading",
    description="A lamp made for long evenings. Also energy saving.",
    bullets=("Eye care: light that does not tire.", "Steel frame: welded once."),
    attributes=("dimmable", "eye care", "steel frame", "energy saving"),
    options={"color": ("black", "navy blue"), "size": ("small", "large")},
    pricing=(19.5, 24.0),
    price=21.25,
    category="home",
    query="desk lamp",
    path=f"Home {BETWEEN} Lighting {BETWEEN} Desk Lamp",
    rating="4.5",
    reviews=(Review("Bright", 5, "I can read again."), Review("Fine", 4, "A lamp.")),
)
SHADE = Product(
    asin="B0SHADE002",
    title="Kerr Floor Lamp with Linen Shade",
    description="Stands in corners.",
    bullets=("Mid century: clean lines.",),
    attributes=("mid century",),
    options={},
    pricing=(80.0,),
    price=80.0,
    category="home",
    query="floor lamp",
    path=f"Home {BETWEEN} Lighting {BETWEEN} Floor Lamp",
)
TEA = Product(
    asin="B00TEA0003",
    title="Loose Green Tea, Caffeine Free",
    description="Leaves.",
    bullets=(),
    attributes=("caffeine free",),
    options={"flavor name": ("mint", "rose")},
    pricing=(9.99,),
    price=9.99,
    category="grocery",
    query="green tea",
    path=f"Grocery {BETWEEN} Drinks {BETWEEN} Green Tea",
)
SHOP = Catalogue("small", (LAMP, SHADE, TEA))
GOAL = Goal(LAMP.asin, ("dimmable", "eye care"), {"color": "black"}, 30.0)
