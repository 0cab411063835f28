"""The trash, driven by a machine that tries all it can think of, beside a model of what is where and may go."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from director_dagster.catalog.queries import blobs, films, takes
from director_dagster.catalog.queries.blobs import Bytes
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.tables import Asset, Blob
from director_dagster.errors import BadInput, InTrash
from director_dagster.studio import filing
from director_dagster.studio.audit import verify
from director_dagster.studio.filing import Filed, Label, Origin
from director_dagster.studio.preserve import look
from director_dagster.studio.studio import Studio
from director_dagster.studio.trash import delete, hold, purge, release, restore
from director_dagster_tests.studio.bench import open_bench

T = TypeVar("T")

EXAMPLES, STEPS = 5, 18
CONTENTS, SLOTS = st.integers(0, 2), st.sampled_from(["frame:sh010", "frame:sh020"])
_EXAMPLE = count()


@dataclass
class Model:
    """What must be true of an asset."""

    content: int
    source: UUID | None
    deleted: bool = False
    held: bool = False
    purged: bool = False


class Trash(RuleBasedStateMachine):
    """Assets that share bytes and are made from each other, in and out of films, the trash, and holds."""

    url: ClassVar[str]
    home: ClassVar[Path]
    assets = Bundle("assets")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.studio: Studio = open_bench(self.url, self.home)[0]
        self.model: dict[UUID, Model] = {}
        self.selected: dict[str, UUID] = {}
        self.number = next(_EXAMPLE)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self._log_is_whole())
        self.run(self.studio.aclose())
        self.runner.close()

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())

    @rule(target=assets, content=CONTENTS, source=st.none() | assets)
    def add(self, content: int, source: UUID | None) -> UUID:
        id_ = self.run(self._add(content, source))
        self.model[id_] = Model(content=content, source=source)
        return id_

    @rule(ids=st.lists(assets, min_size=1, max_size=3, unique=True))
    def delete(self, ids: list[UUID]) -> None:
        new = [id_ for id_ in ids if not self.model[id_].deleted]
        allowed = not any(self.model[id_].held or self._used(id_, new) for id_ in new)
        if self._tried(delete(self.studio, self.workspace_id, ids), allowed=allowed):
            for id_ in ids:
                self.model[id_].deleted = True

    @rule(id_=assets)
    def restore(self, id_: UUID) -> None:
        if self._tried(restore(self.studio, self.workspace_id, [id_]), allowed=not self.model[id_].purged):
            self.model[id_].deleted = False

    @rule(id_=assets)
    def hold(self, id_: UUID) -> None:
        allowed = not self.model[id_].deleted
        if self._tried(hold(self.studio, self.workspace_id, [id_], reason="a case"), allowed=allowed):
            self.model[id_].held = True

    @rule(id_=assets)
    def release(self, id_: UUID) -> None:
        self._tried(release(self.studio, self.workspace_id, [id_]), allowed=True)
        self.model[id_].held = False

    @rule(ids=st.lists(assets, min_size=1, max_size=3, unique=True))
    def purge(self, ids: list[UUID]) -> None:
        left = [id_ for id_ in ids if not self.model[id_].purged]
        allowed = all(self.model[id_].deleted for id_ in ids) and not any(self._used(id_, left) for id_ in left)
        if self._tried(purge(self.studio, self.workspace_id, ids, reason="a test"), allowed=allowed):
            for id_ in ids:
                self.model[id_].purged = True

    @rule(id_=assets, slot=SLOTS)
    def use(self, id_: UUID, slot: str) -> None:
        if self._tried(self._use(id_, slot), allowed=not self.model[id_].deleted):
            self.selected[slot] = id_

    @rule()
    def scrub(self) -> None:
        [vault] = self.run(look(self.studio))
        assert (vault.missing, vault.damaged, vault.strange) == (0, 0, ())

    @invariant()
    def rows_are_as_the_model_has_them_and_their_bytes_are_there_or_gone(self) -> None:
        self.run(self._look())

    def _used(self, id_: UUID, apart: list[UUID]) -> bool:
        made = (each for key, each in self.model.items() if each.source == id_ and key not in apart)
        return id_ in self.selected.values() or any(not each.deleted for each in made)

    def _tried(self, work: Coroutine[Any, Any, object], *, allowed: bool) -> bool:
        try:
            self.run(work)
        except (BadInput, InTrash):
            if allowed:
                raise
            return False
        assert allowed
        return True

    async def _begin(self) -> None:
        async with self.studio.catalog.session() as db:
            workspace = await films.workspace(db, f"w{self.number}")
            film = await films.upsert(db, workspace_id=workspace.id, slug="a-film", title="A film", settings={})
        self.workspace_id, self.film_id = workspace.id, film.id

    async def _add(self, content: int, source: UUID | None) -> UUID:
        async with self.studio.filing():
            blob = await self.studio.vault.put(self._bytes(content), "txt")
            told = Bytes(digest=blob.digest, size_bytes=blob.size_bytes, media_type="text/plain", extension="txt")
            async with self.studio.catalog.session() as db:
                if (await blobs.record_all(db, [told])).purged:
                    await self.studio.vault.put(self._bytes(content), "txt")
            label = Label(
                workspace_id=self.workspace_id,
                type="text",
                kind="other",
                name="words",
                prompt="",
                sources=[] if source is None else [(source, "part")],
            )
            filed = Filed(url=blob.url, thumbnail_url=None, width=None, height=None, duration_s=None)
            async with self.studio.catalog.session() as db:
                origin = Origin(source="upload")
                return (await filing.save(self.studio.vault, db, label=label, origin=origin, filed=filed)).id

    def _bytes(self, content: int) -> bytes:
        return f"{self.number} {content}".encode()

    async def _use(self, id_: UUID, slot: str) -> None:
        place = Place(name=slot, kind="other", film_id=self.film_id)
        async with self.studio.catalog.session() as db:
            asset = (await db.scalars(select(Asset).where(Asset.id == id_))).one()
            await takes.fill_all(db, filing.takes_of([place], asset, {"picture": "p"}, insists=True), by="a test")

    async def _look(self) -> None:
        async with self.studio.catalog.session() as db:
            rows = list(await db.scalars(select(Asset).where(Asset.workspace_id == self.workspace_id)))
            digests = {row.digest or "" for row in rows}
            purged = set(await db.scalars(select(Blob.digest).where(Blob.purged_at.is_not(None))))
        found = {row.id: (bool(row.deleted_at), bool(row.held_at), bool(row.purged_at)) for row in rows}
        assert found == {id_: (each.deleted, each.held, each.purged) for id_, each in self.model.items()}
        needed = {row.digest or "" for row in rows if row.purged_at is None}
        assert {digest for digest in digests if self.studio.vault.locate(digest).exists()} == needed
        assert digests & purged == digests - needed

    async def _log_is_whole(self) -> None:
        async with self.studio.catalog.session() as db:
            await verify(db, self.workspace_id)


def test_whatever_is_tried_the_rows_are_as_the_model_has_them_and_bytes_are_there_while_a_row_needs_them(
    database_url: str, tmp_path: Path
) -> None:
    run_state_machine_as_test(
        type("Machine", (Trash,), {"url": database_url, "home": tmp_path / "home"}),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
