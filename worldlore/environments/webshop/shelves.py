"""The shelves of the generated shop: kinds of product with what they cost, how they are made and who uses them."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from worldlore.environments.webshop.catalogue import BETWEEN

COLORS = (
    "black", "white", "grey", "navy blue", "sky blue", "forest green", "olive", "burgundy", "coral", "mustard yellow",
    "beige", "dusty pink", "purple", "teal", "brown", "rust orange",
)  # fmt: skip
AXES = {
    "color": ("color", COLORS, 3, 7),
    "clothes": ("size", ("x-small", "small", "medium", "large", "x-large", "xx-large", "3x"), 4, 7),
    "shoes": ("size", ("5", "5.5", "6", "6.5", "7", "7.5", "8", "8.5", "9", "9.5", "10", "11", "12"), 5, 9),
    "bed": ("size", ("twin", "full", "queen", "king", "crib"), 3, 5),
    "ounces": ("size", ("2 oz", "4 oz", "8 oz", "16 oz", "32 oz", "64 oz"), 2, 4),
    "feet": ("size", ("3 ft", "6 ft", "10 ft", "15 ft", "25 ft", "50 ft"), 2, 4),
    "inches": ("size", ("5.4 in", "6.1 in", "6.7 in", "7.9 in", "10.2 in"), 3, 5),
    "people": ("size", ("solo", "couple", "family", "group"), 2, 4),
    "drop": ("size", ('52" x 63"', '52" x 84"', '42" x 95"', '72" x 108"'), 2, 4),
    "pack": ("item package quantity", ("1", "2", "3", "6", "12"), 2, 4),
    "snack": ("flavor name", ("sea salt", "honey almond", "dark cherry", "chili lime", "maple", "peanut butter"), 3, 5),
    "drink": ("flavor name", ("vanilla", "mint", "ginger lemon", "chocolate", "cinnamon", "unflavored", "rose"), 3, 5),
    "scent": ("scent", ("lavender", "eucalyptus", "citrus", "sandalwood", "unscented", "jasmine"), 3, 5),
    "finish": ("style", ("matte", "glossy", "brushed", "marble"), 2, 4),
}  # fmt: skip
"""Key -> the name a product gives the option, its values, and how many of them a product has."""


UNFIT = {
    "nail clipper": "soft bristle",
    "soundbar": "long battery, fast charging, ultra light, water resistant",
    "phone case": "fast charging, plug play, high definition, easy install",
    "charging cable": "tempered glass, wireless charging, high definition",
    "screen protector": "fast charging, wireless charging, plug play, carbon fiber",
    "power bank": "tempered glass, high definition, easy install",
    "smoke alarm": "night vision, high definition, motion detection, wind resistant",
    "blouse": "high waist, tummy control, elastic waist",
    "leggings": "long sleeve, short sleeve, button closure",
    "cardigan": "high waist, tummy control, elastic waist",
    "shirt": "elastic waist",
    "jeans": "long sleeve, short sleeve",
    "rain jacket": "short sleeve, elastic waist",
    "shorts": "long sleeve, short sleeve",
    "pendant light": "rechargeable battery, touch control",
    "night light": "dining room, mid century, steel frame, adjustable height",
    "sheet set": "blackout lined, memory foam",
    "throw pillow": "blackout lined",
    "blanket": "blackout lined, memory foam",
    "curtains": "memory foam",
    "bookcase": "faux leather",
    "coffee table": "faux leather, dining room",
    "office chair": "dining room",
    "water bottle": "non stick, oven safe",
    "lunch box": "non stick, oven safe",
    "frying pan": "leak proof, double walled, bpa free",
    "storage jar": "non stick, double walled",
    "tent": "rechargeable battery, solar powered, machine wash, compression straps",
    "sleeping bag": "rechargeable battery, solar powered, quick setup, wind resistant",
    "backpack": "rechargeable battery, quick setup, wind resistant",
    "lantern": "four season, machine wash, compression straps",
    "garden hose": "self watering, solar powered, wind resistant",
    "planter": "kink free, quick setup",
    "bird feeder": "kink free, self watering",
    "solar light": "kink free, self watering, lead free, large capacity",
}
"""Name of a kind -> what its shelf may be said to be, and it may not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of product."""

    name: str
    """What one searches for: "desk lamp"."""
    department: str
    """Part of the shop: "home"."""
    shelf: str
    """Part of the department: "Lighting"."""
    aliases: tuple[str, ...]
    """Names in titles and instructions, the kind's own first; they share their last word."""
    prices: tuple[int, int]
    """Cheapest and dearest, in dollars."""
    axes: tuple[str, ...]
    """Keys in `AXES`."""
    attributes: tuple[str, ...]
    """What it may be said to be."""
    details: tuple[str, ...]
    """What titles boast of besides."""
    uses: tuple[str, ...]
    """Who or what it is for."""

    @property
    def path(self) -> str:
        """Its category, as product pages tell it."""
        return f" {BETWEEN} ".join((self.department.title(), self.shelf, self.name.title()))

    @property
    def withheld(self) -> bool:
        """Whether only the split `test_unseen` asks for it."""
        return crc32(self.name.encode()) % 6 == 3


Row = tuple[str, int, int, str]
"""Aliases, cheapest, dearest, axes."""


def _shelf(place: str, attributes: str, details: str, uses: str, rows: tuple[Row, ...]) -> tuple[Kind, ...]:
    return tuple(_kind(place, attributes.split(", "), (details, uses), row) for row in rows)


def _kind(place: str, pool: list[str], said: tuple[str, str], row: Row) -> Kind:
    department, _, shelf = place.partition("/")
    aliases = tuple(row[0].split(", "))
    unfit = UNFIT.get(aliases[0], "").split(", ")
    details, uses = (tuple(text.split(", ")) for text in said)
    fit = tuple(attribute for attribute in pool if attribute not in unfit)
    return Kind(aliases[0], department, shelf, aliases, row[1:3], tuple(row[3].split()), fit, details, uses)


KINDS = (
    *_shelf(
        "beauty/Hair Care",
        "sulfate free, paraben free, cruelty free, alcohol free, tea tree, coconut oil, argan oil, damaged hair, "
        "natural ingredients, travel size, fine mist, dermatologist tested",
        "keratin, rosemary, vitamin complex, oat milk, sea kelp",
        "curls, fine hair, the whole family, swimmers",
        (
            ("shampoo, daily shampoo, clarifying shampoo", 8, 38, "scent ounces"),
            ("conditioner, leave in conditioner, cream conditioner", 8, 40, "scent ounces"),
            ("hair mask, repair mask, overnight hair mask", 12, 48, "scent"),
            ("hair spray, styling spray, finishing spray", 9, 36, "scent ounces"),
        ),
    ),
    *_shelf(
        "beauty/Skin Care",
        "paraben free, cruelty free, alcohol free, fragrance free, anti aging, hyaluronic acid, dry skin, coconut oil, "
        "natural ingredients, travel size, dermatologist tested, plant based",
        "aloe, shea butter, green clay, cucumber water, calendula",
        "sensitive faces, winter days, men, teenagers",
        (
            ("face cream, day cream, night cream", 10, 70, "ounces"),
            ("body lotion, hand lotion, rich body lotion", 7, 36, "scent ounces"),
            ("face wash, foaming wash, gentle face wash", 6, 34, "scent"),
            ("lip balm, tinted balm, overnight lip balm", 4, 19, "drink pack"),
        ),
    ),
    *_shelf(
        "beauty/Tools",
        "non slip, stainless steel, easy clean, double sided, soft bristle, storage case, travel size, cruelty free, "
        "ultra light, heavy duty, rust proof",
        "bamboo handle, gold trim, refill pads, mirror, cleaning cloth",
        "beginners, salons, handbags, gifts",
        (
            ("makeup brush, blending brush, powder brush", 7, 45, "color pack"),
            ("hair brush, paddle brush, detangling brush", 6, 32, "color"),
            ("nail clipper, toenail clipper, curved clipper", 5, 24, "finish pack"),
        ),
    ),
    *_shelf(
        "electronics/Audio",
        "noise cancelling, fast charging, water resistant, long battery, hands free, plug play, stereo sound, "
        "voice control, high definition, ultra light, carbon fiber, rechargeable battery",
        "bluetooth, deep bass, aux input, fabric cover, charging dock",
        "running, the office, small rooms, travel",
        (
            ("wireless headphones, over ear headphones, studio headphones", 25, 240, "color"),
            ("earbuds, sport earbuds, true wireless earbuds", 15, 160, "color finish"),
            ("bluetooth speaker, portable speaker, party speaker", 18, 190, "color"),
            ("soundbar, compact soundbar, television soundbar", 50, 330, "finish"),
        ),
    ),
    *_shelf(
        "electronics/Accessories",
        "fast charging, wireless charging, heavy duty, tempered glass, carbon fiber, easy install, non slip, "
        "water resistant, ultra light, plug play, child safe, high definition",
        "kickstand, braided nylon, rounded corners, ring holder, cleaning kit",
        "phones, tablets, cars, desks",
        (
            ("phone case, slim case, wallet phone case", 8, 44, "color inches"),
            ("charging cable, usb cable, braided cable", 6, 29, "color feet"),
            ("screen protector, privacy protector, glass screen protector", 6, 26, "inches pack"),
            ("power bank, pocket power bank, solar power bank", 17, 88, "color"),
        ),
    ),
    *_shelf(
        "electronics/Home Security",
        "motion detection, night vision, high definition, voice control, easy install, water resistant, long battery, "
        "solar powered, plug play, rechargeable battery, wind resistant",
        "wide angle, cloud storage, two way audio, wall mount, siren",
        "front doors, nurseries, barns, shops",
        (
            ("security camera, outdoor camera, indoor security camera", 25, 210, "color pack"),
            ("video doorbell, smart doorbell, battery doorbell", 40, 220, "finish"),
            ("smoke alarm, heat alarm, linked smoke alarm", 15, 90, "pack"),
        ),
    ),
    *_shelf(
        "fashion/Women",
        "machine wash, quick drying, long sleeve, short sleeve, high waist, tummy control, elastic waist, "
        "button closure, moisture wicking, slim fit, relaxed fit, cotton spandex, polyester lining",
        "side pockets, lace trim, v neck, ruffle hem, floral print",
        "work, weddings, yoga, the beach",
        (
            ("dress, wrap dress, midi dress", 18, 96, "color clothes"),
            ("blouse, work blouse, peasant blouse", 14, 62, "color clothes"),
            ("leggings, yoga leggings, running leggings", 12, 58, "color clothes"),
            ("cardigan, open cardigan, knit cardigan", 17, 84, "color clothes"),
        ),
    ),
    *_shelf(
        "fashion/Men",
        "machine wash, quick drying, long sleeve, short sleeve, elastic waist, button closure, moisture wicking, "
        "slim fit, relaxed fit, cotton spandex, polyester lining, water resistant",
        "chest pocket, contrast stitching, crew neck, zip fly, plaid check",
        "hiking, the office, golf, tall builds",
        (
            ("shirt, oxford shirt, flannel shirt", 14, 66, "color clothes"),
            ("jeans, straight jeans, work jeans", 22, 92, "color clothes"),
            ("rain jacket, field jacket, hooded rain jacket", 30, 160, "color clothes"),
            ("shorts, cargo shorts, running shorts", 12, 52, "color clothes"),
        ),
    ),
    *_shelf(
        "fashion/Shoes",
        "rubber sole, arch support, memory foam, closed toe, faux leather, non slip, water resistant, quick drying, "
        "machine wash, ultra light, slim fit, moisture wicking",
        "ankle strap, padded collar, reflective heel, cork bed, wide toe",
        "walking, nurses, school, the gym",
        (
            ("sneakers, canvas sneakers, walking sneakers", 22, 120, "color shoes"),
            ("sandals, strap sandals, hiking sandals", 16, 88, "color shoes"),
            ("boots, ankle boots, winter boots", 35, 180, "color shoes"),
            ("slippers, house slippers, wool slippers", 11, 54, "color shoes"),
        ),
    ),
    *_shelf(
        "grocery/Snacks",
        "gluten free, sugar free, non gmo, dairy free, low carb, high protein, plant based, usda organic, soy free, "
        "low sodium, kosher certified, individually wrapped, artificial colors free, keto friendly",
        "whole oats, pumpkin seeds, stone ground corn, dried berries, family bag",
        "lunch boxes, hikers, movie nights, desks",
        (
            ("granola bar, oat bar, seed bar", 5, 36, "snack pack"),
            ("trail mix, nut mix, berry trail mix", 7, 34, "snack ounces"),
            ("potato chips, kettle chips, ridged chips", 4, 28, "snack pack"),
            ("popcorn, kettle popcorn, microwave popcorn", 4, 26, "snack pack"),
        ),
    ),
    *_shelf(
        "grocery/Drinks",
        "gluten free, sugar free, non gmo, dairy free, low carb, high protein, plant based, fair trade, usda organic, "
        "soy free, caffeine free, keto friendly, kosher certified, individually wrapped",
        "single estate, mountain grown, slow dried, resealable bag, small batch",
        "mornings, athletes, iced cups, gifts",
        (
            ("green tea, loose green tea, matcha green tea", 6, 42, "drink ounces"),
            ("coffee beans, espresso beans, medium roast beans", 9, 48, "drink ounces"),
            ("hot chocolate, drinking chocolate, dark hot chocolate", 6, 33, "drink pack"),
            ("protein powder, vegan protein powder, recovery powder", 18, 76, "drink ounces"),
        ),
    ),
    *_shelf(
        "home/Lighting",
        "energy saving, eye care, touch control, adjustable height, easy install, mid century, space saving, "
        "living room, dining room, voice control, steel frame, rechargeable battery",
        "brass finish, linen shade, glass globe, marble base, woven cord",
        "reading, bedrooms, studios, hallways",
        (
            ("desk lamp, reading lamp, task lamp", 15, 98, "color"),
            ("floor lamp, arc floor lamp, tripod lamp", 35, 230, "color finish"),
            ("pendant light, kitchen pendant light, hanging light", 28, 190, "finish"),
            ("night light, plug in night light, nursery light", 7, 38, "color pack"),
        ),
    ),
    *_shelf(
        "home/Bedding",
        "super soft, machine washable, blackout lined, hypo allergenic, printed pattern, living room, quick drying, "
        "memory foam, double sided, ultra light, child safe, easy clean",
        "satin edge, deep pockets, waffle weave, tassels, hidden zipper",
        "guest rooms, hot sleepers, sofas, cribs",
        (
            ("sheet set, percale sheet set, jersey sheet set", 22, 130, "color bed"),
            ("throw pillow, sofa pillow, lumbar pillow", 9, 48, "color pack"),
            ("blanket, fleece blanket, weighted blanket", 18, 120, "color bed"),
            ("curtains, bedroom curtains, grommet curtains", 17, 110, "color drop"),
        ),
    ),
    *_shelf(
        "home/Furniture",
        "solid wood, steel frame, mid century, space saving, assembly required, fully assembled, living room, "
        "dining room, adjustable height, heavy duty, easy clean, faux leather, child safe",
        "open shelves, tapered legs, rattan front, cable hole, swivel base",
        "corners, small flats, studies, entryways",
        (
            ("bookcase, ladder bookcase, corner bookcase", 55, 340, "color"),
            ("coffee table, nesting table, lift top coffee table", 60, 380, "color finish"),
            ("office chair, desk chair, task chair", 70, 420, "color"),
            ("bar stool, counter stool, backless bar stool", 45, 260, "color pack"),
        ),
    ),
    *_shelf(
        "home/Kitchen",
        "bpa free, leak proof, dishwasher safe, double walled, non stick, oven safe, lead free, stainless steel, "
        "easy clean, large capacity, heavy duty, child safe, space saving",
        "bamboo lid, silicone sleeve, pouring lip, measuring marks, carry loop",
        "school, camping, large families, soup",
        (
            ("water bottle, sports bottle, straw water bottle", 10, 48, "color ounces"),
            ("lunch box, bento box, insulated lunch box", 12, 46, "color"),
            ("frying pan, skillet pan, deep frying pan", 18, 118, "finish"),
            ("storage jar, spice jar, airtight storage jar", 8, 52, "pack ounces"),
        ),
    ),
    *_shelf(
        "outdoors/Camping",
        "ultra light, four season, wind resistant, quick setup, water resistant, large capacity, compression straps, "
        "rechargeable battery, solar powered, heavy duty, uv resistant, machine wash",
        "mesh pockets, repair patch, gear loop, stuff sack, hip belt",
        "weekends, festivals, scouts, long trails",
        (
            ("tent, dome tent, backpacking tent", 45, 340, "color people"),
            ("sleeping bag, mummy sleeping bag, summer sleeping bag", 28, 190, "color"),
            ("backpack, hiking backpack, day backpack", 24, 170, "color"),
            ("lantern, camping lantern, hanging lantern", 12, 66, "color pack"),
        ),
    ),
    *_shelf(
        "outdoors/Garden",
        "rust proof, uv resistant, kink free, heavy duty, self watering, solar powered, wind resistant, easy install, "
        "large capacity, quick setup, lead free, child safe",
        "brass fittings, drainage holes, copper trim, spray nozzle, ground stake",
        "balconies, raised beds, patios, finches",
        (
            ("garden hose, soaker hose, expandable hose", 17, 96, "color feet"),
            ("planter, hanging planter, herb planter", 10, 82, "color pack"),
            ("bird feeder, window bird feeder, squirrel safe feeder", 11, 64, "color"),
            ("solar light, path light, string solar light", 12, 74, "finish pack"),
        ),
    ),
)
"""Every kind of product, shelf by shelf."""
