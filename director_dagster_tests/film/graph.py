"""The graph as the design draws it, and which Dagster asset a row belongs to."""

EDGES = {
    ("script", "characters"),
    ("script", "storyboard"),
    ("script", "dialogue"),
    ("script", "music"),
    ("script", "film"),
    ("characters", "storyboard"),
    ("characters", "shots"),
    ("characters", "dialogue"),
    ("dialogue", "shots"),
    ("storyboard", "shots"),
    ("shots", "film"),
    ("dialogue", "film"),
    ("music", "film"),
}

_BY_KIND = {
    "script": "script",
    "character": "characters",
    "location": "characters",
    "prop": "characters",
    "voice": "characters",
    "frame": "storyboard",
    "dialogue": "dialogue",
    "shot": "shots",
    "music": "music",
    "film": "film",
    "subtitle": "film",
    "poster": "film",
}
_OTHERS = {"audio": "music", "video": "film", "text": "script"}


def node_of(kind: str, type_: str) -> str:
    """The Dagster asset whose materialization makes rows of that kind: ambience is music's, a card the film's."""
    return _BY_KIND.get(kind) or _OTHERS[type_]
