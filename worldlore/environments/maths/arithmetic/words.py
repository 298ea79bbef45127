"""Who and what the problems are about."""

from __future__ import annotations

PEOPLE: tuple[str, ...] = (
    "Ada", "Boris", "Carla", "Dino", "Edda", "Felix", "Gita", "Hugo", "Ines", "Jonas", "Kira", "Levin", "Mara", "Nils",
    "Olga", "Pavel", "Quentin", "Rosa", "Sven", "Tilda", "Ugo", "Vera", "Wim", "Yara",
)  # fmt: skip
GOODS = (
    "apples", "brushes", "candles", "cups", "drums", "envelopes", "forks", "hammers", "hats", "kites", "lamps",
    "lemons", "mugs", "notebooks", "pears", "pens", "plates", "ropes", "scarves", "shirts", "spoons", "tickets",
    "torches", "vases",
)  # fmt: skip
"""What can be bought and counted."""
KEPT = ("beads", "cards", "coins", "marbles", "nuts", "pebbles", "shells", "stamps", "stickers", "tokens")
"""What can be kept and given away."""
CONTAINERS = ("bags", "boxes", "baskets", "crates", "jars", "trays")
MAKERS = ("printer", "loom", "mill", "press", "robot", "saw")
MADE = ("bottles", "bricks", "leaflets", "loaves", "planks", "ribbons", "tiles", "toys")
"""What a machine makes."""
PLACES = ("Alm", "Birkfeld", "Carden", "Dorn", "Elmstadt", "Farrow", "Glenmoor", "Haven")
VEHICLES = ("bus", "coach", "cyclist", "lorry", "train", "van")
GROUPS = ("choir", "club", "library", "school", "theatre", "village")
"""What counts its people."""
