"""How a character looks: traits from the page's words, and else from a seed; one accent colour of their own."""

import random
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from director_dagster.story.lexicon import WordTable, fold
from director_dagster.story.shot import Look

# Eight hues some 45° apart around OKLab's circle, of one lightness and strength: the eye tells any two from each other
# in a contact sheet's thumbnail.
ACCENTS: Mapping[str, str] = MappingProxyType(
    {
        "red": "#cf4332", "yellow": "#e3b23c", "teal": "#2a9d94", "violet": "#8c5fc7",
        "green": "#6c9f45", "orange": "#dd7f2b", "blue": "#3d77c9", "pink": "#d3679d",
    }
)  # fmt: skip
_COLOURS: WordTable[str] = WordTable(
    {
        "red": """red, scarlet, crimson, rot, rote, roter, rotes, roten, rouge, rojo, roja, rosso, rossa, красный,
            красная""",
        "yellow": """yellow, golden, mustard, gelb, gelbe, gelber, gelbes, gelben, jaune, amarillo, amarilla,
            giallo, gialla, жёлтый""",
        "teal": "teal, turquoise, cyan, türkis, turquesa, turchese, бирюзовый",
        "violet": "violet, purple, lilac, lila, violett, pourpre, morado, viola, фиолетовый",
        "green": "green, emerald, olive, grün, grüne, grüner, grünes, grünen, vert, verte, verde, зелёный, зелёная",
        "orange": "orange, rust, arancione, naranja, оранжевый",
        "blue": """blue, navy, azure, blau, blaue, blauer, blaues, blauen, bleu, bleue, azul, blu, azzurro, синий,
            голубой""",
        "pink": "pink, rosa, rose-coloured, розовый",
        "grey": "grey, gray, grau, graue, grauer, graues, grauen, gris, grise, grigio, grigia, серый, серая",
        "black": "black, dark, schwarz, schwarze, schwarzer, schwarzen, noir, noire, negro, negra, nero, nera, чёрный",
        "white": "white, cream, weiß, weiße, weißer, weißen, blanc, blanche, blanco, blanca, bianco, bianca, белый",
        "brown": "brown, tan, leather, braun, braune, brauner, braunen, brun, brune, marrón, marrone, коричневый",
    }
)  # fmt: skip
_COATS = MappingProxyType(
    {
        "red": "#6d3a34", "yellow": "#a58a3d", "teal": "#39605e", "violet": "#54466b", "green": "#4d5a41",
        "orange": "#8a5a38", "blue": "#36465f", "pink": "#7d5566", "grey": "#5e6266", "black": "#2c2e33",
        "white": "#c9c4b8", "brown": "#5f4a3a",
    }
)  # fmt: skip
_MUTED = ("#4a5360", "#5b4f45", "#4d5a4f", "#5a4a55", "#3f4b52", "#665c4d", "#47475a", "#54514c")
_SKINS = ("#f0cfb4", "#e3b795", "#d19d76", "#b07b55", "#8a5a3c", "#5f3d2a")
_HAIR = MappingProxyType(
    {
        "yellow": "#d1ac62", "blue": "#3c4a66", "red": "#9c4a2c", "orange": "#9c4a2c", "grey": "#9a9a98",
        "white": "#dcdad4", "black": "#211f22", "brown": "#4d3526",
    }
)  # fmt: skip
_HAIR_OF_AGE = ("#211f22", "#3a2a20", "#4d3526", "#6b4a2f", "#9c4a2c", "#c49a58")

# Muted colours of clothes and hair by the name that says most to a reader.
_SAID = MappingProxyType(
    {
        "#2c2e33": "black", "#c9c4b8": "cream", "#5e6266": "grey", "#5f4a3a": "brown", "#4a5360": "slate grey",
        "#36465f": "navy blue", "#4d5a41": "olive", "#6d3a34": "dark red", "#a58a3d": "mustard yellow",
        "#39605e": "dark teal", "#54466b": "dark violet", "#8a5a38": "rust brown", "#7d5566": "dusty pink",
        "#9a9a98": "grey", "#dcdad4": "white", "#211f22": "black", "#3a2a20": "dark brown", "#d1ac62": "blond",
        "#9c4a2c": "red", "#c49a58": "fair",
    }
)  # fmt: skip

_AGES: WordTable[str] = WordTable(
    {
        "child": """child, boy, girl, kid, toddler, little boy, little girl, kind, junge, mädchen, enfant, garçon,
            fillette, niño, niña, bambino, bambina, ребёнок, мальчик, девочка""",
        "young": """young, teen, teenager, teenage, student, youth, junger, jung, jeune, joven, giovane, молодой,
            молодая""",
        "old": """old, elderly, aged, ancient, weathered, wrinkled, grandmother, grandfather, grandma, grandpa,
            retired, alt, alter, alte, greis, vieux, vieille, âgé, viejo, vieja, anciano, anciana, vecchio, vecchia,
            anziano, anziana, старый, старая, старик, старуха""",
        "adult": "middle-aged, adult",
    }
)  # fmt: skip
_PRESENTS: WordTable[str] = WordTable(
    {
        "female": """she, her, herself, woman, women, girl, mother, daughter, sister, wife, grandmother, grandma,
            aunt, widow, lady, queen, nurse, waitress, actress, mrs, miss, ms, frau, mädchen, mutter, tochter,
            femme, fille, fillette, mère, elle, mujer, niña, madre, ella, donna, ragazza, lei, женщина, девочка,
            мать, она, старуха""",
        "male": """he, his, him, himself, man, men, boy, father, son, brother, husband, grandfather, grandpa,
            uncle, king, priest, fisherman, mr, lord, mann, junge, vater, sohn, homme, garçon, père, il, hombre,
            niño, padre, uomo, ragazzo, мужчина, мальчик, отец, он, старик""",
    }
)  # fmt: skip
_BUILDS: WordTable[str] = WordTable(
    {
        "slim": """slim, thin, slender, lean, skinny, gaunt, wiry, bony, frail, lanky, dünn, schlank, mince,
            maigre, delgado, magro, худой""",
        "heavy": """heavy, stout, fat, big, broad, broad-shouldered, burly, massive, stocky, round, huge, dick,
            kräftig, gros, grosse, corpulent, gordo, grasso, robusto, толстый, крупный""",
    }
)  # fmt: skip
_HEIGHTS: WordTable[float] = WordTable(
    {
        1.1: "tall, towering, lanky, giant, groß, grand, grande, alto, alta, высокий",
        0.9: "short, small, tiny, little, petite, klein, petit, pequeño, bajo, basso, piccolo, маленький",
    }
)  # fmt: skip
_HAIRS: WordTable[str] = WordTable(
    {
        "bald": "bald, shaven head, shaved head, glatze, chauve, calvo, лысый",
        "braid": "braid, braided, plait, pigtail, zopf, tresse, trenza, treccia, коса",
        "bun": "bun, hair tied up, hair pinned up, dutt, chignon, moño, пучок",
        "curly": "curly, curls, curly hair, wild hair, locken, bouclé, rizado, riccio, кудрявый",
        "long": """long hair, long-haired, loose hair, ponytail, long dark hair, long black hair, long blond hair,
            lange haare, cheveux longs, pelo largo, capelli lunghi""",
        "short": "short hair, cropped, cropped hair, crew cut, kurze haare",
    }
)  # fmt: skip
_HATS: WordTable[str] = WordTable(
    {
        "hood": "hood, hooded, kapuze, capuche, capuchon, capucha, cappuccio, капюшон",
        "scarf": """headscarf, head scarf, kerchief, shawl, veil, bandana, kopftuch, foulard, pañuelo, fazzoletto,
            платок""",
        "cap": """cap, beanie, beret, sou'wester, woolly hat, wool hat, knitted hat, mütze, kappe, casquette,
            bonnet, gorra, gorro, berretto, кепка, шапка""",
        "brim": "hat, fedora, bowler, top hat, straw hat, helmet, hut, chapeau, sombrero, cappello, шляпа",
    }
)  # fmt: skip
_CLOTHES: WordTable[str] = WordTable(
    {
        "coat": """coat, raincoat, overcoat, greatcoat, trench coat, oilskin, oilskins, parka, mantel, regenmantel,
            manteau, abrigo, cappotto, пальто, плащ""",
        "jacket": """jacket, uniform, suit, vest, waistcoat, blazer, overalls, jacke, anzug, veste, chaqueta,
            giacca, куртка, костюм""",
        "dress": "dress, skirt, apron, gown, nightgown, kleid, schürze, robe rouge, vestido, vestito, платье",
        "sweater": """sweater, jumper, pullover, cardigan, jersey, shirt, hoodie, pulli, hemd, suéter, maglione,
            свитер, рубашка""",
        "robe": "robe, cloak, cassock, habit, kimono, cape, soutane, túnica, tonaca, мантия, ряса",
    }
)  # fmt: skip
_CARRIED: WordTable[str] = WordTable(
    {
        "scarf": "scarf, schal, écharpe, bufanda, sciarpa, шарф",
        "glasses": "glasses, spectacles, eyeglasses, brille, lunettes, gafas, occhiali, очки",
        "lantern": "lantern, oil lamp, laterne, lanterne, farol, lanterna, фонарь",
        "cane": "cane, walking stick, crutch, gehstock, canne, bastón, bastone, трость",
        "bag": "bag, satchel, backpack, rucksack, suitcase, basket, tasche, sac, bolso, borsa, сумка, рюкзак",
    }
)  # fmt: skip
_BEARD: WordTable[str] = WordTable(
    {"beard": "beard, bearded, whiskers, moustache, mustache, stubble, bart, bärtig, barbe, barbu, barba, борода"}
)
_HAIR_WORD: WordTable[str] = WordTable(
    {"hair": "hair, haired, blond, blonde, braid, bun, beard, curls, haare, haar, cheveux, pelo, capelli, волосы"}
)
_NUMBER = re.compile(r"(?<![\w#])(\d{1,3})(?:['’]?s)?(?!\w)")
_EARLY = re.compile(r"\bteens?\b")
# How far a colour may stand before the thing it colours, in letters: "a red woollen scarf".
_COLOUR_REACH_CHARS = 18


def colour_name(colour: str) -> str:
    """The nearest of the colours' names for ``#rrggbb``, as one would say it of clothes or hair."""
    named = {**_SAID, **{value: name for name, value in ACCENTS.items()}}
    return named[min(named, key=lambda known: (_distance(known, colour), known))]


def _distance(one: str, other: str) -> int:
    return sum((int(one[k : k + 2], 16) - int(other[k : k + 2], 16)) ** 2 for k in (1, 3, 5))


def accent_asked(description: str) -> str | None:
    """The accent that the page's words ask for: of the scarf, hat or clothes that have a strong colour."""
    for table in (_CARRIED, _HATS, _CLOTHES):
        for found in table.find(description):
            colour = _colour_before(description, found.start)
            if colour in ACCENTS:
                return colour
    return None


def tells(text: str) -> bool:
    """Whether `text` says anything of how somebody looks: age, build, hair, hat, clothes, what they carry."""
    tables = (_BUILDS, _HATS, _CLOTHES, _CARRIED, _BEARD, _HAIR_WORD)
    return _age(text) is not None or any(table.find(text) for table in tables)


def presents_told(text: str) -> str | None:
    """``female`` or ``male`` by the pronouns and nouns of `text`, whichever are more; None when they say nothing."""
    told = [found.means for found in _PRESENTS.find(text)]
    women, men = told.count("female"), told.count("male")
    return None if women == men else "female" if women > men else "male"


def look(name: str, description: str, seed: int, *, presents: str | None = None) -> Look:
    """How the character looks: what `name` and `description` say, and the rest from `seed`.

    `presents` is what is known from elsewhere (pronouns, the first name). The same arguments give the same look.
    """
    text = f"{name}. {description}"
    chance = random.Random(seed)
    drawn = [chance.random() for _ in range(12)]
    shown = presents or presents_told(text) or ("female" if drawn[0] < 0.5 else "male")
    age = _age(text) or _pick(("adult", "adult", "young"), drawn[1])
    accent = ACCENTS[accent_asked(description) or _pick(tuple(ACCENTS), drawn[2])]
    coat = _first(_CLOTHES, description) or _coat(shown, age, drawn[3])
    hat = _first(_HATS, description) or "none"
    return Look(
        age=age,
        build=_first(_BUILDS, text) or _pick(("slim", "medium", "medium", "heavy"), drawn[4]),
        height=_height(text, age, shown, drawn[5]),
        presents=shown,
        hair=_first(_HAIRS, description) or _hair(shown, age, drawn[6]),
        hair_colour=_hair_colour(description, age, drawn[7]),
        skin=_pick(_SKINS, drawn[8]),
        hat=hat,
        beard=bool(_BEARD.find(description)) or (shown == "male" and age == "old" and drawn[9] < 0.4),
        coat=coat,
        coat_colour=_coat_colour(description, drawn[10]),
        accent=accent,
        accessory=_first(_CARRIED, description) or ("scarf" if hat == "none" and drawn[11] < 0.4 else "none"),
        seed=seed,
    )


def _first(table: WordTable[str], text: str) -> str | None:
    return next(iter(table.all(text)), None)


def _pick(choices: Sequence[str], drawn: float) -> str:
    return choices[int(drawn * len(choices))]


def _colour_before(text: str, start: int) -> str | None:
    near = fold(text)[max(0, start - _COLOUR_REACH_CHARS) : start]
    near = re.split(r"[,.;()]", near)[-1]
    found = _COLOURS.find(near)
    return found[-1].means if found else None


def _age(text: str) -> str | None:
    for match in _NUMBER.finditer(text):
        years = int(match[1])
        if 1 <= years <= 110:
            return "child" if years <= 13 else "young" if years < 30 else "adult" if years < 60 else "old"
    return "young" if _EARLY.search(fold(text)) else _first(_AGES, text)


def _height(text: str, age: str, presents: str, drawn: float) -> float:
    if age == "child":
        return round(0.62 + 0.1 * drawn, 2)
    base = {"female": 0.95, "male": 1.02}.get(presents, 0.98) - (0.04 if age == "old" else 0.0)
    return round(next(iter(_HEIGHTS.all(text)), base + 0.06 * (drawn - 0.5)), 2)


def _hair(presents: str, age: str, drawn: float) -> str:
    if presents == "female":
        return _pick(("bun", "bun", "short") if age == "old" else ("long", "bun", "curly", "braid"), drawn)
    return _pick(("short", "bald") if age == "old" else ("short", "short", "curly"), drawn)


def _hair_colour(description: str, age: str, drawn: float) -> str:
    if "blond" in fold(description):
        return _HAIR["yellow"]
    for found in _HAIR_WORD.find(description):
        colour = _colour_before(description, found.start)
        if colour is not None and colour in _HAIR:
            return _HAIR[colour]
    return _pick((_HAIR["grey"], _HAIR["white"]), drawn) if age == "old" else _pick(_HAIR_OF_AGE, drawn)


def _coat(presents: str, age: str, drawn: float) -> str:
    if age == "child":
        return _pick(("coat", "sweater"), drawn)
    return _pick(("coat", "dress", "sweater") if presents == "female" else ("coat", "jacket", "sweater"), drawn)


def _coat_colour(description: str, drawn: float) -> str:
    for found in _CLOTHES.find(description):
        colour = _colour_before(description, found.start)
        if colour is not None and colour in _COATS:
            return _COATS[colour]
    return _pick(_MUTED, drawn)
