"""The words the animatic can draw: set pieces of places, and props; what is not here is not faked."""

EXTERIORS = (
    "shore", "sea", "lighthouse", "harbour", "boat", "forest", "street", "roofs", "field", "mountain", "river",
    "bridge", "station", "garden", "desert", "ruins",
)  # fmt: skip
INTERIORS = (
    "room", "kitchen", "bedroom", "corridor", "stairs", "office", "library", "church", "cellar", "stage", "cabin",
    "lamp-room", "workshop", "cafe", "train", "car", "cave",
)  # fmt: skip
PROPS = (
    "letter", "lantern", "key", "book", "cup", "photograph", "knife", "phone", "bottle", "candle", "clock", "map",
    "box", "flower", "bread", "ring", "mirror", "shell", "watch", "violin",
)  # fmt: skip
