"""Where a template story plays and who is in it: places by world, work by role, names, looks; the writer's data."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class World:
    """Places that belong together, as headings without time; `far_word` is how people there call the last but one."""

    home: str
    talk: str
    way: str
    far: str
    far_word: str
    end: str


WORLDS: Mapping[str, World] = {
    "coast": World(
        home="EXT. HARBOUR", talk="INT. KITCHEN", way="EXT. SHORE", far="EXT. OLD PIER", far_word="old pier",
        end="EXT. SHORE",
    ),
    "town": World(
        home="INT. WORKSHOP", talk="INT. CAFE", way="EXT. STREET", far="EXT. STATION", far_word="station",
        end="EXT. ROOFS",
    ),
    "country": World(
        home="EXT. FIELD", talk="INT. KITCHEN", way="EXT. FOREST", far="EXT. RUINS", far_word="ruins",
        end="EXT. FIELD",
    ),
    "mountain": World(
        home="INT. CABIN", talk="INT. KITCHEN", way="EXT. MOUNTAIN", far="EXT. RUINS", far_word="ruins",
        end="EXT. MOUNTAIN",
    ),
    "river": World(
        home="EXT. RIVER", talk="INT. CABIN", way="EXT. FOREST", far="EXT. BRIDGE", far_word="bridge",
        end="EXT. RIVER",
    ),
}  # fmt: skip

WORLD_OF: Mapping[str, str] = {
    "shore": "coast", "sea": "coast", "lighthouse": "coast", "harbour": "coast", "boat": "coast", "lamp-room": "coast",
    "forest": "country", "field": "country", "ruins": "country", "garden": "country", "kitchen": "country",
    "church": "country", "river": "river", "bridge": "river", "mountain": "mountain", "cave": "mountain",
    "cabin": "mountain", "desert": "mountain",
}  # fmt: skip

# How a place opens a film: one sentence without people.
OPENINGS: Mapping[str, str] = {
    "shore": "Low water. The sand is the colour of the sky.",
    "sea": "The sea, and nothing on it.",
    "lighthouse": "A lighthouse over a grey sea.",
    "lamp-room": "The great lamp, high over the sea.",
    "harbour": "The harbour is still. The boats lie side by side.",
    "boat": "A boat, and all around it the sea.",
    "forest": "The forest, and not a sound in it.",
    "street": "A narrow street. One window is lit.",
    "roofs": "The roofs of a town, and smoke above them.",
    "field": "A wide field. The path runs straight through it.",
    "mountain": "The mountain. A path so thin that it is hard to see.",
    "river": "The river moves slowly, as it always has.",
    "bridge": "An old bridge. Nobody has crossed it today.",
    "station": "A small station. The train has just gone.",
    "garden": "A garden behind a wall, grown wild.",
    "desert": "Sand, as far as one can see.",
    "ruins": "Walls without a roof. Grass grows where the floor was.",
}
INDOORS = (
    "A quiet room, and a lot of light in it.",
    "One lamp. The rest is shadow.",
    "Dust hangs in the light of the window.",
)

# Role → where it is at home (a heading), and what one does there.
ROLES: Mapping[str, tuple[str, str]] = {
    "lighthouse keeper": ("INT. LIGHTHOUSE - LAMP ROOM", "polishes the glass of the lamp"),
    "keeper": ("INT. LIGHTHOUSE - LAMP ROOM", "polishes the glass of the lamp"),
    "fisherman": ("EXT. HARBOUR", "mends a net"),
    "fisherwoman": ("EXT. HARBOUR", "mends a net"),
    "sailor": ("EXT. HARBOUR", "coils a rope"),
    "captain": ("INT. SHIP'S CABIN", "bends over a chart"),
    "ferryman": ("EXT. RIVER", "ties up a boat"),
    "clockmaker": ("INT. WORKSHOP", "winds one clock after the other"),
    "watchmaker": ("INT. WORKSHOP", "bends over the smallest of wheels"),
    "carpenter": ("INT. WORKSHOP", "planes a board"),
    "blacksmith": ("INT. FORGE", "stands at the fire"),
    "painter": ("INT. STUDIO", "looks at an empty canvas"),
    "baker": ("INT. BAKERY", "takes the bread from the oven"),
    "cook": ("INT. KITCHEN", "stands at the stove"),
    "waiter": ("INT. CAFE", "wipes the last table"),
    "waitress": ("INT. CAFE", "wipes the last table"),
    "librarian": ("INT. LIBRARY", "puts books back on the shelf"),
    "teacher": ("INT. OFFICE", "cleans the board"),
    "writer": ("INT. ROOM", "sits in front of an empty page"),
    "detective": ("INT. OFFICE", "sits in the dark and thinks"),
    "clerk": ("INT. OFFICE", "stamps one paper after the other"),
    "postman": ("EXT. STREET", "goes from door to door"),
    "priest": ("INT. CHURCH", "lights the candles"),
    "monk": ("INT. CHURCH", "sweeps the stones"),
    "musician": ("INT. STAGE", "plays to nobody"),
    "violinist": ("INT. STAGE", "plays to nobody"),
    "actor": ("INT. STAGE", "speaks to the empty seats"),
    "actress": ("INT. STAGE", "speaks to the empty seats"),
    "gardener": ("EXT. GARDEN", "cuts the roses"),
    "farmer": ("EXT. FIELD", "leans on a fence"),
    "shepherd": ("EXT. MOUNTAIN", "counts the sheep"),
    "hunter": ("EXT. FOREST", "reads the tracks"),
    "woodcutter": ("EXT. FOREST", "stacks the wood"),
    "miner": ("INT. CAVE", "lifts a lamp to the rock"),
    "soldier": ("EXT. RUINS", "keeps watch"),
    "thief": ("EXT. ROOFS", "waits for the last window to go dark"),
    "driver": ("INT. CAR", "waits with the engine running"),
    "stationmaster": ("EXT. STATION", "looks down the rails"),
    "conductor": ("INT. TRAIN", "walks through the empty train"),
    "doctor": ("INT. OFFICE", "washes tired hands"),
    "nurse": ("INT. HOSPITAL ROOM", "straightens a blanket"),
    "student": ("INT. LIBRARY", "sleeps on an open book"),
    "girl": ("EXT. GARDEN", "sits on the wall"),
    "boy": ("EXT. GARDEN", "sits on the wall"),
    "child": ("EXT. GARDEN", "sits on the wall"),
    "widow": ("INT. KITCHEN", "lays the table for two"),
    "king": ("INT. CORRIDOR", "walks up and down"),
    "queen": ("INT. CORRIDOR", "walks up and down"),
    "robot": ("INT. WORKSHOP", "waits where it was left"),
    "ghost": ("INT. STAIRS", "goes up and down without a sound"),
}
WORKS = ("is at work, as on any other day", "works without looking up", "is alone, and used to it")

FEMALE_NAMES = ("ADA", "BRITT", "CLARA", "EDITH", "FREYA", "GRETA", "HANNA", "IRIS", "JUDITH", "LENA", "MARA", "NORA",
                "PAULA", "RUTH", "SELMA", "TILDA", "VERA", "WANDA")  # fmt: skip
MALE_NAMES = ("ANTON", "BRUNO", "CONRAD", "DAVID", "EMIL", "FELIX", "GUSTAV", "HENRIK", "IVAN", "JONAS", "KARIM", "LEO",
              "MILO", "NILS", "OSKAR", "PAVEL", "TOMAS", "VIKTOR")  # fmt: skip

HERO_LOOKS = ("a red scarf", "a long dark coat and a red scarf", "a green jacket", "an orange sweater", "a blue cap",
              "a teal coat")  # fmt: skip
FRIEND_LOOKS = ("a stout figure with glasses", "tall and thin, a violet scarf", "a yellow cap", "a pink scarf",
                "a grey coat and a cane")  # fmt: skip
LOST_LOOKS = ("old, with a white beard", "a wide hat and a bag")
