"""Which Dagster asset makes rows of which kind."""

SCRIPT, FILM = "script", "film"

_BY_KIND = {
    "script": SCRIPT,
    "character": "characters",
    "location": "characters",
    "prop": "characters",
    "voice": "characters",
    "frame": "storyboard",
    "dialogue": "dialogue",
    "shot": "shots",
    "music": "music",
    "film": FILM,
    "subtitle": FILM,
    "poster": FILM,
}
_OTHERS = {"audio": "music", "video": FILM, "text": SCRIPT}


def node_of(kind: str, type_: str) -> str | None:
    """The Dagster asset whose materialization makes rows of that kind: ambience is music's, a card the film's.

    None for what no Dagster asset makes, e.g. a picture that somebody brought along.
    """
    return _BY_KIND.get(kind) or _OTHERS.get(type_)


def kinds_of(node: str) -> list[str]:
    """The kinds of rows that a Dagster asset makes and no other, in order."""
    return [kind for kind, made_by in _BY_KIND.items() if made_by == node]
