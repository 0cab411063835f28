"""How values are shown to people: money, time, dates and sizes, and the words for what the catalog abbreviates."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from director_dagster.catalog.money import exactly, told
from director_dagster.catalog.queries import states
from director_dagster.catalog.queries.wanted import NONE
from director_dagster.catalog.tables import Batch, Generation
from director_dagster.catalog.tables.batches import OF_A_FILM
from director_dagster.studio.reuse import PLACES
from director_dagster.studio.whatif import NUMBERED

FORMULA = ("=", "+", "-", "@", "\t", "\r")
PLACED = re.compile(rf"\b({'|'.join(PLACES)}):(?=\w)")
MINUTE_S, HOUR_S = 60, 3600
UNITS = ("B", "kB", "MB", "GB", "TB")
UNIT = 1000

STATES: Mapping[str, str] = {
    "draft": "Draft",
    "final": "Final",
    "assembled": "Assembled",
    "brought": "Brought",
    "current": "Current",
    "stale": "Stale",
    "lost": "Lost",
    "failed": "Failed",
    "trash": "In the trash",
    "purged": "Purged",
}
FIELDS: Mapping[str, str] = {
    "state": "State",
    "type": "Type",
    "kind": "Kind",
    "film": "Film",
    "series": "Series",
    "character": "Character",
    "about": "About",
    "used_in": "Used in",
    "reused_in": "Used again in",
    "tag": "Tag",
    "provider": "Provider",
    "model": "Model",
    "source": "Source",
    "favorite": "Favourite",
    "cost": "Cost",
    "since": "From",
    "until": "To",
    "cost_min": "From $",
    "cost_max": "To $",
}
FEW_VALUES = 14
"""So many of a field's values are shown until somebody asks for the rest."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "state": STATES,
    "favorite": {"1": "Favourites"},
    "cost": {"unknown": "Unknown"},
    "source": {"generation": "Made here", "upload": "Uploaded", "import": "Imported"},
}
MAY_LACK, NO_VALUE = {"film", "series", "character", "about", "provider", "model"}, "None"
"""Of what fields an asset may have none, and how that is said."""

TRIED = [state for state in states.STATES if state != "brought"]
"""Where any piece may stand that was paid for."""

SORTS: Mapping[str, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "dearest": "Dearest first",
    "cheapest": "Cheapest first",
}


DONE: Mapping[str, str] = {
    "tag": "Tagged {}",
    "untag": "Untagged {}",
    "favorite": "Made favourites",
    "unfavorite": "Taken from the favourites",
    "delete": "Put into the trash",
    "restore": "Had back from the trash",
    "use": "Taken into the bin of {}",
    "leave": "Taken out of the bin of {}",
}
"""What a batch of a verb has done, with the tag or the film that it is about."""


ENDS: Mapping[str, str] = {
    "unknown": "may have been paid",
    "queued": "waits for its turn",
    "submitting": "is being sent",
    "submitted": "with its provider",
    "failed": "failed",
    "refused": "refused",
    "cancelled": "cancelled",
    "output_expired": "was not fetched in time",
    "stored": "made",
}
"""How a purchase stands."""


def purchase(generation: Generation) -> str:
    """What was to be bought: how its asset would be called, where that is known."""
    label = (generation.piece or {}).get("label") or {}
    return str(label.get("name") or generation.operation)


def batch(batch: Batch, films: Mapping[str, str]) -> str:
    """What a batch is about, in words; `films` are titles by slug."""
    about = films.get(batch.argument, batch.argument) if batch.verb in OF_A_FILM else batch.argument
    return DONE[batch.verb].format(f"“{about}”")


def money(microusd: int | None) -> str:
    """An amount in dollars; what is not known is ``unknown``, never 0."""
    return told(microusd)


def plain(microusd: int) -> str:
    """An amount with all its digits, as a field takes it: what is sent back unchanged changes nothing."""
    return exactly(microusd).removeprefix("$")


def reckoning(basis: Mapping[str, Any]) -> str:
    """How a cost was reckoned, in a line: ``computed: 5 s at $0.07, by the prices of 2026-11-01``."""
    told = str(basis.get("basis", "unknown"))
    if basis.get("quantity") is not None and basis.get("unit"):
        quantity, unit_microusd = basis["quantity"], basis.get("unit_microusd")
        told += f": {quantity:g}" if isinstance(quantity, int | float) else f": {quantity}"
        told += f" {_units(str(basis['unit']), quantity)}"
        told += f" at {exactly(unit_microusd)}" if isinstance(unit_microusd, int) else ""
    if basis.get("dated"):
        told += f", by the prices of {basis['dated']}"
    return told


def _units(unit: str, quantity: object) -> str:
    """So many of a unit: 4 seconds at 720p, 0.5 million tokens in."""
    counted, _, rest = unit.partition(" ")
    several = "" if quantity == 1 or counted in {"million", "thousand"} else "s"
    return f"{counted}{several} {rest}".rstrip()


def duration(seconds: float | None) -> str:
    """A length as players show it: ``0:07``, ``12:30``, ``1:02:03``; nothing for what has none."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, rest = divmod(whole, HOUR_S)
    minutes, left = divmod(rest, MINUTE_S)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def size(count_bytes: int | None) -> str:
    """A number of bytes in the unit in which it has one to three digits before the point."""
    if count_bytes is None:
        return ""
    amount, unit = float(count_bytes), 0
    while amount >= UNIT and unit < len(UNITS) - 1:
        amount, unit = amount / UNIT, unit + 1
    return f"{amount:.0f} {UNITS[unit]}" if unit == 0 else f"{amount:.1f} {UNITS[unit]}"


def moment(at: datetime | None) -> str:
    """A moment to the minute, in UTC."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def cell(value: object) -> object:
    """A value for a table that others open: no spreadsheet takes it for something to execute."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA) else value


def value(field: str, key: str) -> str:
    """A filter's value in words."""
    return NO_VALUE if key == NONE and field in MAY_LACK else VALUES.get(field, {}).get(key, key)


def place(slot: str | None) -> str:
    """A place of a film as people read it: ``shot sh010``; to the terminal it is ``shot:sh010``. What is numbered by
    digests is called by what it is alone."""
    kind, _, code = (slot or "").partition(":")
    return kind if kind in NUMBERED else f"{kind} {code}".rstrip()


def spoken(text: str) -> str:
    """Words of the studio's with its places as people read them."""
    return PLACED.sub(r"\1 ", text)


def address(path: str, query: str) -> str:
    """A path with its query string, where there is one."""
    return f"{path}?{query}" if query else path
