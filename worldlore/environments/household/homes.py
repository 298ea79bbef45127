"""What stands in which room, what lies where, and what can be done with it.

What a receptacle can hold, what can be cleaned, heated, cooled, sliced or used, and which task is asked in which
room are facts of ALFWorld's world and equal to its tables. How many receptacles a room has follows the rooms
ALFWorld was made from. Where a thing is usually found, the `homes` below, is ours: a mug stands in a cabinet more
often than in the fridge; now and then it is mislaid. The generator draws from these numbers and the expert searches
by them.

Invariant: wherever a thing has its home it may also be put, except what cannot be carried (lamps, plants).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

OPENABLE = frozenset({"cabinet", "drawer", "fridge", "microwave", "safe"})
"""Receptacles that are closed until they are opened."""
VESSELS = frozenset({"bowl", "box", "cup", "mug", "pan", "plate", "pot"})
"""Things that are described as containers when examined."""
KNIVES = frozenset({"butterknife", "knife"})
"""Things that slice."""
LAMPS = frozenset({"desklamp", "floorlamp"})
"""Things that are used where they stand."""
FIXED = LAMPS | {"houseplant"}
"""Things that cannot be carried."""

_CLEANABLE = """apple bowl butterknife cloth cup dishsponge egg fork kettle knife ladle lettuce mug pan plate pot potato
    soapbar spatula spoon tomato"""
_HEATABLE = "apple bread cup egg mug plate potato tomato"
_COOLABLE = "apple bowl bread cup egg lettuce mug pan plate pot potato tomato winebottle"
_SLICEABLE = "apple bread egg lettuce potato tomato"
CLEANABLE, HEATABLE, COOLABLE, SLICEABLE = (
    frozenset(kinds.split()) for kinds in (_CLEANABLE, _HEATABLE, _COOLABLE, _SLICEABLE)
)
APPLIANCE = {"clean": "sinkbasin", "heat": "microwave", "cool": "fridge"}
"""What is needed to do it."""

_SOFT_SEAT = "basketball book box cellphone cloth creditcard keychain laptop newspaper pillow remotecontrol"
_DESKTOP = """alarmclock basketball book bowl box candle cd cellphone cloth creditcard cup glassbottle keychain laptop
    mug newspaper pen pencil plate remotecontrol spraybottle statue tennisracket tissuebox toiletpaper toiletpaperroll
    vase watch wateringcan winebottle"""
_TABLETOP = """alarmclock apple baseballbat basketball book bowl box bread butterknife candle cd cellphone cloth
    creditcard cup dishsponge egg fork glassbottle handtowel kettle keychain knife ladle laptop lettuce mug newspaper
    pan papertowel pen pencil peppershaker plate pot potato remotecontrol saltshaker soapbar soapbottle spatula spoon
    spraybottle statue tennisracket tissuebox toiletpaper toiletpaperroll tomato vase watch wateringcan winebottle"""

_HOLDS = {
    "armchair": _SOFT_SEAT,
    "bathtubbasin": "cloth dishsponge handtowel soapbar",
    "bed": "baseballbat basketball book cellphone laptop newspaper pillow tennisracket",
    "cabinet": """book bowl box candle cd cloth cup dishsponge glassbottle handtowel kettle ladle mug newspaper pan
        peppershaker plate plunger pot saltshaker soapbar soapbottle spraybottle tissuebox toiletpaper toiletpaperroll
        vase wateringcan winebottle""",
    "cart": """candle cloth dishsponge handtowel mug papertowel plunger soapbar soapbottle spraybottle statue tissuebox
        toiletpaper toiletpaperroll vase""",
    "coffeemachine": "mug",
    "coffeetable": _TABLETOP,
    "countertop": _TABLETOP,
    "desk": _DESKTOP + " soapbottle",
    "diningtable": _TABLETOP,
    "drawer": """book butterknife candle cd cellphone cloth creditcard dishsponge fork handtowel keychain knife ladle
        newspaper pen pencil peppershaker remotecontrol saltshaker soapbar soapbottle spatula spoon spraybottle
        tissuebox toiletpaper toiletpaperroll watch wateringcan""",
    "dresser": _DESKTOP,
    "fridge": "apple bowl bread cup egg glassbottle lettuce mug pan plate pot potato tomato winebottle",
    "garbagecan": """apple bread cd cloth dishsponge egg handtowel lettuce newspaper papertowel pen pencil potato
        soapbar soapbottle spraybottle tissuebox toiletpaper toiletpaperroll tomato winebottle""",
    "handtowelholder": "handtowel",
    "laundryhamper": "cloth",
    "microwave": "apple bowl bread cup egg glassbottle mug plate potato tomato",
    "ottoman": _SOFT_SEAT,
    "safe": "cd cellphone creditcard keychain statue vase watch",
    "shelf": """alarmclock book bowl box candle cd cellphone cloth creditcard cup dishsponge glassbottle handtowel
        kettle keychain mug newspaper papertowel pen pencil peppershaker plate pot remotecontrol saltshaker soapbar
        soapbottle spraybottle statue tissuebox toiletpaper toiletpaperroll vase watch wateringcan winebottle""",
    "sidetable": _TABLETOP,
    "sinkbasin": """apple bowl butterknife cloth cup dishsponge egg fork glassbottle handtowel kettle knife ladle
        lettuce mug pan plate pot potato soapbar spatula spoon tomato""",
    "sofa": _SOFT_SEAT,
    "stoveburner": "kettle pan pot",
    "toaster": "",
    "toilet": """candle cloth dishsponge handtowel newspaper papertowel soapbar soapbottle spraybottle tissuebox
        toiletpaper toiletpaperroll""",
    "toiletpaperhanger": "toiletpaper toiletpaperroll",
    "towelholder": "towel",
    "tvstand": "tissuebox",
}
HOLDS = {receptacle: frozenset(things.split()) for receptacle, things in _HOLDS.items()}
"""Receptacle -> what may be put in or on it."""


@dataclass(frozen=True, slots=True)
class Room:
    """A kind of room: how it is furnished and where its things are kept."""

    furniture: dict[str, tuple[int, ...]]
    """Receptacle -> how many of them; each number is as likely as the others."""
    counts: dict[str, tuple[int, ...]]
    """Thing -> how many of it; each number is as likely as the others."""
    homes: dict[str, dict[str, float]]
    """Thing -> receptacle -> how often it is found there, relative to the others."""


_FURNITURE = {
    "kitchen": """cabinet 4 4 5 6 6 8; coffeemachine 1; countertop 1 2 2 3; diningtable 0 1 1; drawer 1 2 3 3 4 6;
        fridge 1; garbagecan 1; microwave 1; safe 0 0 0 0 0 0 0 1; shelf 0 0 0 2 3; sidetable 0 0 0 0 1; sinkbasin 1;
        stoveburner 4; toaster 1""",
    "living room": """armchair 0 1 1 2; cabinet 0 0 0 4; coffeetable 0 1 1 2; desk 0 0 0 0 1; diningtable 0 0 1;
        drawer 0 1 2 4 5; dresser 0 0 1; garbagecan 1; ottoman 0 0 0 1; safe 0 0 0 1; shelf 0 0 0 2 4 6;
        sidetable 1 1 2 2 3; sofa 1 1 1 2; tvstand 0 1 1""",
    "bedroom": """armchair 0 0 0 1; bed 1 1 1 2; cabinet 0 0 0 0 4; desk 0 1 1 1 2; diningtable 0 0 0 0 1;
        drawer 2 2 3 3 4 6; dresser 0 0 1; garbagecan 1; laundryhamper 0 0 1; safe 0 0 0 1; shelf 0 1 2 3 5;
        sidetable 0 1 1 2""",
    "bathroom": """bathtubbasin 0 1 1; cabinet 0 2 4 4; cart 0 0 0 0 0 1; countertop 1 1 1 2; drawer 0 0 2 4;
        dresser 0 0 0 0 0 1; garbagecan 1; handtowelholder 1 1 2; shelf 0 0 0 2; sidetable 0 0 0 0 0 1; sinkbasin 1 2;
        toilet 1; toiletpaperhanger 1; towelholder 1 1 2""",
}

_THINGS = {
    "kitchen": """
        apple 0 1 1 2: countertop 5 fridge 5 diningtable 4 sinkbasin 1 garbagecan 1 sidetable 1 microwave .3
        book 0 0 0 1: countertop 3 diningtable 3 shelf 2 drawer .5
        bowl 0 1 1 2: cabinet 4 countertop 4 diningtable 3 shelf 2 sinkbasin 1 fridge 1 microwave .5
        bread 0 1 1: countertop 6 diningtable 3 fridge 2 microwave .3 garbagecan .3
        butterknife 0 1 1: drawer 4 countertop 4 diningtable 3 sinkbasin 1
        cellphone 0 0 0 1: countertop 4 diningtable 4 shelf 1
        creditcard 0 0 0 1: countertop 4 diningtable 3 drawer 1
        cup 0 1 1 2: cabinet 4 countertop 4 diningtable 2 sinkbasin 2 shelf 2 fridge 1 microwave 1
        dishsponge 0 1 1 2: sinkbasin 4 countertop 4 drawer 1 cabinet 1 garbagecan .3
        egg 0 1 1 2: fridge 7 countertop 2 sinkbasin 1 garbagecan .5 microwave .3
        fork 0 1 1: drawer 4 countertop 4 diningtable 3 sinkbasin 2
        glassbottle 0 0 1: countertop 3 cabinet 3 fridge 2 shelf 2 diningtable 1
        houseplant 0 0 1: countertop 3 diningtable 2 shelf 2 sidetable 2
        kettle 0 0 1: stoveburner 5 cabinet 3 countertop 2 shelf 1
        knife 0 1 1: countertop 4 drawer 4 diningtable 2 sinkbasin 1
        ladle 0 0 1: drawer 4 countertop 3 cabinet 2 diningtable 1 sinkbasin 1
        lettuce 0 1 1 2: fridge 5 countertop 4 diningtable 3 sinkbasin 1 garbagecan .5
        mug 0 1 1 2: cabinet 4 countertop 3 coffeemachine 3 diningtable 2 sinkbasin 1 shelf 2 microwave 1 fridge .3
        pan 0 1 1 2: stoveburner 6 countertop 3 cabinet 2 sinkbasin 1 diningtable .5 fridge .5
        papertowel 0 0 1: countertop 4 diningtable 1 garbagecan 1 shelf 1
        peppershaker 0 1 1 2: countertop 4 diningtable 3 cabinet 2 drawer 2 shelf 2
        plate 0 1 1 2: cabinet 4 countertop 4 diningtable 3 shelf 2 sinkbasin 1 fridge .5 microwave .5
        pot 0 1 1: stoveburner 6 cabinet 2 countertop 2 sinkbasin 1 fridge 1 shelf 1
        potato 0 1 1 2: countertop 4 fridge 4 sinkbasin 2 diningtable 2 garbagecan 1 microwave .5
        saltshaker 0 1 1: countertop 4 diningtable 3 cabinet 2 drawer 2 shelf 2
        soapbottle 0 1 1 2: countertop 4 cabinet 3 garbagecan 1 drawer 1 shelf 1
        spatula 0 1 1 2: countertop 4 drawer 4 diningtable 2 sinkbasin 1
        spoon 0 1 1 2: drawer 4 countertop 3 diningtable 3 sinkbasin 2
        statue 0 0 0 1: shelf 3 countertop 2 diningtable 1
        tomato 0 1 1 2: countertop 4 fridge 4 diningtable 3 sinkbasin 1 microwave .5 garbagecan .5
        vase 0 0 1: shelf 4 cabinet 2 countertop 2 diningtable 2 safe 1
        winebottle 0 0 1: cabinet 3 countertop 3 fridge 2 diningtable 2 shelf 1 garbagecan 1""",
    "living room": """
        book 0 1 1: coffeetable 3 sofa 2 sidetable 2 shelf 3 diningtable 1 desk 1 armchair 1 drawer .5 cabinet .5
        bowl 0 0 1: coffeetable 3 diningtable 3 sidetable 1 shelf 1 dresser 1
        box 0 1 1 2: coffeetable 3 sofa 2 armchair 2 diningtable 2 sidetable 2 dresser 1 ottoman 1 cabinet .5
        candle 0 0 1: coffeetable 2 shelf 3 sidetable 2 dresser 2 diningtable 2 drawer .5 cabinet .5
        cellphone 0 0 1: coffeetable 3 sofa 2 armchair 2 sidetable 2 desk 1 drawer .5 diningtable 1
        creditcard 0 1 1 2: coffeetable 2 sidetable 3 sofa 2 armchair 2 dresser 2 diningtable 2 shelf 1 drawer 1
        desklamp 0 0 1: sidetable 5 dresser 2 desk 4 shelf 1 coffeetable 1 diningtable 1
        floorlamp 0 0 1: sidetable 3 armchair 1 sofa 1 dresser 1
        houseplant 0 1 1: sidetable 3 coffeetable 3 diningtable 2 dresser 2 shelf 2
        keychain 0 1 1 2: sidetable 3 coffeetable 2 sofa 2 armchair 2 dresser 2 drawer 1 ottoman 1 safe 1 shelf 1
        laptop 0 1 1 2: coffeetable 3 sofa 3 diningtable 3 armchair 2 sidetable 2 desk 3 ottoman 1 dresser 1
        newspaper 0 1 1 2: coffeetable 3 sofa 3 armchair 2 sidetable 2 diningtable 1 ottoman 1 drawer 1 garbagecan .5
        pen 0 0 1: coffeetable 2 sidetable 2 desk 3 diningtable 1 drawer 1 shelf 1
        pencil 0 0 1: coffeetable 2 sidetable 2 desk 3 diningtable 1 drawer 1 shelf 1
        pillow 1 1 2: sofa 6 armchair 3 ottoman 1
        plate 0 0 1: coffeetable 3 diningtable 4 sidetable 1 shelf 1
        remotecontrol 1 1 2: sofa 4 coffeetable 3 armchair 3 sidetable 2 dresser 2 ottoman 1 drawer 1
        statue 0 1 1 2: shelf 3 sidetable 2 coffeetable 2 dresser 3 diningtable 2 safe .5
        tissuebox 0 0 1: coffeetable 2 tvstand 3 sidetable 2 dresser 1 shelf 1 cabinet .5
        vase 0 1 1 2: shelf 3 coffeetable 2 diningtable 2 sidetable 2 dresser 2 cabinet 1 safe .5
        watch 0 0 1 1: coffeetable 2 sidetable 2 dresser 2 shelf 2 drawer 2 safe 1 diningtable 1
        wateringcan 0 0 1: sidetable 2 shelf 2 dresser 1 coffeetable 1 diningtable 1 cabinet .5 drawer .5""",
    "bedroom": """
        alarmclock 0 1 1 2: desk 4 sidetable 4 dresser 3 shelf 2 diningtable 1
        baseballbat 0 0 1: bed 5 diningtable 2
        basketball 0 0 1: bed 2 desk 1 dresser 1 armchair 2 diningtable 1
        book 1 1 2 3: desk 3 bed 4 sidetable 3 shelf 3 dresser 2 drawer 1 armchair 1 diningtable 1
        bowl 0 0 1: desk 3 shelf 3 dresser 2 sidetable 2 diningtable 1
        box 0 0 1: desk 2 dresser 2 armchair 1 shelf 1 cabinet 1 diningtable 1
        cd 0 1 1 2: desk 4 shelf 3 dresser 3 sidetable 2 drawer 2 safe 1 garbagecan 1 diningtable 1
        cellphone 0 1 1 2: bed 3 desk 4 sidetable 3 dresser 3 drawer 1 shelf 1 safe .5 diningtable 1
        cloth 0 0 1: laundryhamper 4 dresser 1 drawer 1 cabinet 1
        creditcard 0 1 1 2: desk 4 sidetable 3 dresser 3 shelf 2 drawer 1 safe .5 diningtable 1
        desklamp 0 1 1: desk 6 sidetable 6 dresser 3 shelf 1 diningtable 1
        houseplant 0 0 0 1: desk 2 sidetable 1 dresser 2 shelf 2
        keychain 0 1 1 2: desk 3 sidetable 3 dresser 3 shelf 2 drawer 2 safe 1 diningtable 1
        laptop 1 1 2: bed 5 desk 5 dresser 1 sidetable 1 diningtable 1
        mug 0 0 1 1: desk 4 shelf 2 sidetable 2 dresser 2 diningtable 1 cabinet .5
        newspaper 0 0 0 1: bed 2 desk 2 armchair 2 garbagecan 1
        pen 0 1 1 2: desk 4 shelf 2 sidetable 2 dresser 2 drawer 2 garbagecan .5 diningtable 1
        pencil 0 1 1 2: desk 4 shelf 2 sidetable 2 dresser 2 drawer 2 garbagecan .5 diningtable 1
        pillow 1 1 2 2: bed 8 armchair 1
        remotecontrol 0 0 0 1: dresser 2 sidetable 2 desk 1 drawer 1 armchair 1
        statue 0 0 0 1: shelf 3 dresser 2 desk 2 safe 1
        tennisracket 0 0 1: bed 2 desk 1 dresser 2 diningtable 1
        tissuebox 0 0 0 1: desk 2 sidetable 2 dresser 2 shelf 1
        vase 0 0 0 1: shelf 3 dresser 2 desk 2 safe 1
        watch 0 0 1: sidetable 2 dresser 3 desk 2 drawer 2 shelf 1 safe 1""",
    "bathroom": """
        candle 0 1 1 2: countertop 4 toilet 3 shelf 3 cabinet 2 drawer 1 sidetable 2 cart 1 dresser 1
        cloth 0 1 1 2: countertop 3 cabinet 3 bathtubbasin 2 sinkbasin 1 drawer 2 shelf 2 cart 2 toilet .5 garbagecan .5
        dishsponge 0 0 1: sinkbasin 2 bathtubbasin 2 cabinet 1 drawer 1 toilet 1 countertop 1 cart 1
        handtowel 1 1 2: handtowelholder 8 countertop 1 cabinet 1 shelf 1
        houseplant 0 0 0 1: countertop 2 toilet 1 shelf 2
        papertowel 0 0 0 1: countertop 2 toilet 1 garbagecan 1 cart 1
        plunger 0 0 1: cabinet 3 cart 2
        soapbar 1 1 2: sinkbasin 3 bathtubbasin 3 countertop 3 toilet 1 cabinet 1 drawer 1 garbagecan 1 cart 1 shelf 1
        soapbottle 1 1 2: countertop 4 toilet 2 cabinet 3 shelf 2 garbagecan 1 drawer 1 cart 2 sidetable 1
        spraybottle 0 1 1 2: countertop 3 cabinet 3 toilet 2 garbagecan 1 shelf 2 drawer 1 cart 2 sidetable 1 dresser 1
        tissuebox 0 0 1: countertop 3 toilet 2 cabinet 1 shelf 2 cart 1 sidetable 1 drawer 1
        toiletpaper 1 1 2: toiletpaperhanger 5 toilet 3 cabinet 2 countertop 1 drawer 1 shelf 1 garbagecan .5 cart 1
        toiletpaperroll 0 0 1: toiletpaperhanger 2 toilet 1 garbagecan 2 cabinet 1 countertop 1
        towel 0 1 1 1: towelholder 8""",
}


def _room(furniture: str, things: str) -> Room:
    stands = {name: tuple(map(int, numbers)) for name, *numbers in (line.split() for line in furniture.split(";"))}
    counts: dict[str, tuple[int, ...]] = {}
    homes: dict[str, dict[str, float]] = {}
    for line in things.strip().splitlines():
        head, _, tail = line.partition(":")
        thing, *numbers = head.split()
        words = tail.split()
        counts[thing] = tuple(map(int, numbers))
        homes[thing] = {kind: float(often) for kind, often in zip(words[::2], words[1::2], strict=True)}
    return Room(stands, counts, homes)


@cache
def room(kind: str) -> Room:
    """The furniture and things of "kitchen", "living room", "bedroom" or "bathroom"."""
    return _room(_FURNITURE[kind], _THINGS[kind])


MISLAID = 0.35
"""Share of things that lie anywhere they may be put, rather than at home."""

ROOMS = tuple(_FURNITURE)
"""The kinds of rooms."""
