"""Arriving: rows of another studio as they are here, and what here is compared with them.

What was under way there is still that studio's: a request that may have left, or whose job that studio may fetch, comes
in as `unknown`, so that nobody here sends it again or books it until a person has looked; one that had not left, or
costs nothing, comes in as cancelled, and is asked for anew by whoever wants it. A film that was asked for there is made
there: its request comes in as withdrawn.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import generations
from director_dagster.catalog.tables import Json
from director_dagster.errors import BadInput

UNDER_WAY = ("submitting", "submitted", "unknown")
OF_A_PLACE: Mapping[str, Collection[str]] = {
    # How a workspace is called, and who makes what in it where a film does not say.
    "workspaces": ("slug", "name", "crew"),
    # Blobs are shared by all workspaces; the first one's word of them stays.
    "blobs": ("media_type", "extension", "created_at", "lost_at", "purged_at"),
    "assets": ("lost_at",),
    # A film's bag tells nothing of the budgets that its pieces were bought with, a workspace's does.
    "generations": ("budget_id", "reserved_microusd"),
    # What was made of a request is of the studio that was asked.
    "film_requests": ("state", "reason", "runs", "taken_on", "ended_at"),
    # What was taken into a film may be left out of it here.
    "film_uses": ("ended_at",),
}
"""By table: what is of the place where the row is, and may differ from place to place."""
NAMES = ("slug", "code", "key", "name", "provider_job_id", "number")
"""By what people know a row, in the order in which it is looked for."""
IMPORTED = "it was under way where its bag was written, and may be paid there"
ASKED_THERE = "it was open where its bag was written, and is made there"
UNSENT = "it was not sent where its bag was written, or cost nothing"


@dataclass(kw_only=True)
class Arrival:
    """A bag's rows on their way into a workspace.

    Attributes:
        workspace_id: Which.
        waiting: Generations that only a person can tell of, by id.
        changed: What is written into the ledger of those that come in otherwise than they were: what, what it moves in
            the budgets in micro-dollars, and why.
        released: What the cancelled ones let go of, in micro-dollars, by the budget that it was held against.
    """

    workspace_id: UUID
    waiting: set[str] = field(default_factory=set)
    changed: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    released: Counter[str] = field(default_factory=Counter)
    _budgets: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, workspace_id: UUID, found: Iterable[Json]) -> "Arrival":
        """Looked through once, since what is held against a budget comes before it."""
        arrival = cls(workspace_id=workspace_id)
        for row in found:
            now, id_ = _as_here(row), str(row.get("id"))
            if now.get("state") == "unknown":
                arrival.waiting.add(id_)
            if now.get("state") == row.get("state"):
                continue
            held = _whole(row, "reserved_microusd") if now["state"] == "cancelled" else 0
            arrival.changed[id_] = (now["state"], -held, now["reason"])
            arrival.released[str(row.get("budget_id"))] += held
        return arrival

    def as_here(self, table: str, row: Json) -> Json:
        """The row as it is here. Raises BadInput for one of another workspace."""
        if table != "blobs" and str(row.get("workspace_id")) != str(self.workspace_id):
            raise BadInput(f"{told_of(table, row)} is of another workspace than the bag")
        if table == "budgets":
            return self._budget(row)
        if table == "film_requests":
            return _request(row)
        return self._generation(row) if table == "generations" else row

    async def note(self, db: AsyncSession, new: Collection[str]) -> None:
        """Write into the ledger what became of those that came in otherwise than they were."""
        changed = [(id_, *what) for id_, what in self.changed.items() if id_ in new]
        await generations.note_imported(db, self.workspace_id, changed)

    def _budget(self, row: Json) -> Json:
        """Without what is let go of; a film's is held against its workspace's too."""
        self._budgets.add(str(row.get("id")))
        own = self.released[str(row.get("id"))]
        released = own if row.get("parent_id") else self.released.total()
        return {**row, "reserved_microusd": _whole(row, "reserved_microusd") - released}

    def _generation(self, row: Json) -> Json:
        now = _as_here(row)
        if str(row.get("budget_id")) in self._budgets:
            return now
        # A film's bag holds no budgets: what was held there is held there.
        return {**now, "budget_id": None, "reserved_microusd": 0}


def as_known_here(row: Json, slug: str) -> Json:
    """A workspace's row under the name that it has here."""
    if row.get("slug") == slug:
        return row
    return {**row, "slug": slug, "name": slug if row.get("name") == row.get("slug") else row.get("name")}


def differs(table: str, row: Json, there: Json) -> str | None:
    """In which column a row differs from the one that is here, if in any but those of a place."""
    passed = OF_A_PLACE.get(table, ())
    return next((name for name, value in row.items() if name not in passed and there.get(name) != value), None)


def told_of(table: str, row: Json) -> str:
    """A row as people know it."""
    name = next((str(row[name]) for name in NAMES if row.get(name)), "")
    id_ = row.get("id") or row.get("digest") or row.get("asset_id")
    return f"{table}: {f'{name!r} ' if name else ''}({id_})"[:300]


def _request(row: Json) -> Json:
    """One that is open is made, and paid, where it was asked for: nobody makes it here as well."""
    if row.get("ended_at") is not None:
        return row
    return {**row, "state": "withdrawn", "reason": ASKED_THERE, "ended_at": row.get("asked_at")}


def _as_here(row: Json) -> Json:
    if row.get("settled_at") is not None or row.get("state") not in {"queued", "stored", *UNDER_WAY}:
        return row
    now = {**row, "lease_until": None}
    if row.get("state") == "stored":
        return now
    if row.get("state") == "queued" or row.get("price_microusd") == 0:
        # As of its beginning, so that it is the same however often it comes in.
        closed = {"cost_microusd": 0, "reserved_microusd": 0, "settled_at": row.get("created_at")}
        return {**now, **closed, "state": "cancelled", "reason": UNSENT}
    return now if row.get("state") == "unknown" else {**now, "state": "unknown", "reason": IMPORTED}


def _whole(row: Json, name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int):
        raise BadInput(f"a row's {name} is {str(value)[:80]!r}")
    return value
