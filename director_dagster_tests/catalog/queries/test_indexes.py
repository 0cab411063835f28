"""Each question that is asked often has its index, and Postgres uses it on a table of 20,000 assets."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import claims, ledger
from director_dagster.catalog.queries import (
    assets,
    batches,
    blobs,
    costs,
    events,
    facets,
    films,
    generations,
    library,
    lineage,
    losses,
    members,
    outlook,
    productions,
    requests,
    rights,
    shots,
    spending,
    standings,
    takes,
    trash,
    uses,
    waste,
)
from director_dagster.catalog.queries.assets import Filter
from director_dagster.catalog.queries.wanted import Wanted
from director_dagster.catalog.tables import Asset, Batch, Film, FilmRequest, Workspace
from director_dagster_tests.catalog import guide_sql
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset

FILL = """
INSERT INTO workspaces (id, slug, name)
SELECT gen_random_uuid(), 'filler-' || n, 'filler' FROM generate_series(1, 19) AS n;

INSERT INTO films (id, workspace_id, slug, title)
SELECT gen_random_uuid(), w.id, 'filler-' || n, 'filler' FROM workspaces AS w, generate_series(1, 20) AS n;

INSERT INTO shots (id, workspace_id, film_id, code, scene, position)
SELECT gen_random_uuid(), f.workspace_id, f.id, 'sh' || lpad(n::text, 3, '0'), 1, n
FROM films AS f, generate_series(1, 20) AS n;

INSERT INTO blobs (digest, size_bytes, media_type, extension)
SELECT lpad(to_hex(n), 64, '0'), 1, 'video/mp4', 'mp4' FROM generate_series(1, 50) AS n;

INSERT INTO assets (id, workspace_id, film_id, type, kind, name, source, fingerprint, tags, url, created_at)
SELECT gen_random_uuid(), f.workspace_id, f.id, 'video', (ARRAY['shot', 'frame', 'dialogue'])[1 + n % 3],
    'filler', 'generation', md5(f.id::text || n), '["common"]', 'vault:sha256/' || lpad(to_hex(n), 64, '0') || '.mp4',
    now() - n * interval '1 minute'
FROM films AS f, generate_series(1, 50) AS n;

INSERT INTO asset_sources (workspace_id, asset_id, source_id, role)
SELECT workspace_id, id, source_id, 'source'
FROM (SELECT *, lag(id) OVER (PARTITION BY film_id ORDER BY id) AS source_id FROM assets) AS a
WHERE source_id IS NOT NULL;

INSERT INTO events (workspace_id, who, what, subject, seq, previous, hash)
SELECT workspace_id, 'sam', 'estimate agreed', slug, row_number() OVER (PARTITION BY workspace_id),
    repeat('0', 64), repeat('0', 64)
FROM films, generate_series(1, 50);

INSERT INTO generations (id, workspace_id, film_id, fingerprint, purchase, provider, model, operation, request, state,
    lease_epoch, settled_at, cost_microusd, client_ref, submit_at, provider_job_id, digest, output)
SELECT gen_random_uuid(), workspace_id, film_id, fingerprint, 1, 'animatic', 'camera-1', 'shot', '{}',
    CASE right(fingerprint, 1) WHEN '0' THEN 'failed' ELSE 'stored' END, 1, now(), 0, id, now(), fingerprint, digest,
    '{}'
FROM assets WHERE fingerprint IS NOT NULL;

INSERT INTO film_requests (workspace_id, film, queued, taken_on, state, ended_at)
SELECT workspace_id, slug, true, current_date - 99, 'failed', now() - interval '98 days'
FROM films, generate_series(1, 50);

INSERT INTO film_requests (workspace_id, film, queued, max_microusd)
SELECT workspace_id, slug, n > 0, n FROM films, generate_series(0, 20) AS n;

INSERT INTO slots (id, workspace_id, film_id, name, kind)
SELECT gen_random_uuid(), workspace_id, id, 'shot:' || n, 'shot' FROM films, generate_series(1, 20) AS n;

INSERT INTO takes (id, workspace_id, slot_id, number, asset_id, basis, basis_version, reused, saved_microusd,
    selected_at, selected_by)
SELECT gen_random_uuid(), s.workspace_id, s.id, 1, a.id, '{}', 1, false, 0, now(), 'filler'
FROM slots AS s, LATERAL (SELECT id FROM assets AS a WHERE a.workspace_id = s.workspace_id LIMIT 1) AS a;

INSERT INTO standings (workspace_id, slot_id, asset_id, state, told_at)
SELECT workspace_id, slot_id, asset_id, CASE WHEN row_number() OVER () % 20 = 0 THEN 'stale' ELSE 'current' END,
    now()
FROM takes;

INSERT INTO members (id, workspace_id, name, role, token_digest, added_by)
SELECT gen_random_uuid(), id, 'member ' || n, 'viewer', md5(id::text || n) || md5('' || n), 'filler'
FROM workspaces, generate_series(1, 100) AS n;

SELECT director_fold_spending(1000000);

INSERT INTO spending_deltas (workspace_id, day, type, kind, microusd, pieces, failed, unknown)
SELECT id, current_date, 'video', 'shot', 1, 1, 0, 0 FROM workspaces, generate_series(1, 500);

INSERT INTO batches (id, workspace_id, key, verb, asked, who, state, ended_at)
SELECT gen_random_uuid(), id, 'key ' || n, 'favorite', repeat('0', 64), 'filler', 'done', now()
FROM workspaces, generate_series(1, 200) AS n;

INSERT INTO batch_assets (workspace_id, batch_id, asset_id, outcome)
SELECT b.workspace_id, b.id, gen_random_uuid(), 'changed'
FROM (SELECT * FROM batches WHERE key = 'key 1') AS b, generate_series(1, 1000);

ANALYZE;
"""


@dataclass(frozen=True)
class At:
    """Where one asks."""

    db: AsyncSession
    film: Film
    asset: Asset

    @property
    def ours(self) -> UUID:
        return self.film.workspace_id

    @property
    def digest(self) -> str:
        return str(self.asset.digest)

    async def within(self, condition: str) -> object:
        """What `director_search` asks, whose own plan EXPLAIN does not show."""
        query = text(f"SELECT id FROM assets WHERE workspace_id = :own AND {condition}")  # noqa: S608 (our own words)
        return await self.db.execute(query, {"own": self.ours})

    @property
    def batch(self) -> Batch:
        return Batch(workspace_id=self.ours, id=self.film.id)

    async def sql(self, statement: str) -> object:
        """Run one of the guide's statements."""
        ids: dict[str, object] = {
            "char_uuid": self.asset.character_id,
            "workspace_uuid": self.ours,
            "source_asset_uuid": self.asset.id,
        }
        return await guide_sql.ask(self.db, statement, **ids)


SCANNED = re.compile(r"Seq Scan on (?:assets|asset_sources|asset_tags|events|generations|takes)\b")
LONG_AGO = date(2001, 1, 1)

Ask = Callable[[At], Awaitable[object]]
QUESTIONS: dict[str, Ask] = {
    "what can be reused: ix_assets_live_fingerprint": lambda at: claims.find_reusable(at.db, at.ours, "f" * 64),
    "what can be had again: uq_generations_purchase": lambda at: claims.find_all_lost(at.db, [(at.ours, "f" * 64)]),
    "what can be resumed: ix_generations_open": lambda at: ledger.resumable(at.db, at.ours),
    "newest assets: uq_assets_workspace_id_id": lambda at: assets.listed(at.db, at.ours, want=Filter()),
    "next page: uq_assets_workspace_id_id": lambda at: assets.listed(at.db, at.ours, want=Filter(), before=at.asset.id),
    "of a kind: ix_assets_workspace_id_kind_id": lambda at: assets.listed(at.db, at.ours, want=Filter(kind="music")),
    "of a film: ix_assets_workspace_id_film_id_id": lambda at: assets.listed(
        at.db, at.ours, want=Filter(film_id=at.film.id)
    ),
    "of some bytes: ix_assets_digest": lambda at: assets.by_digest(at.db, at.ours, at.digest),
    "the trash: ix_assets_trash": lambda at: trash.listed(at.db, at.ours),
    "what lies in the trash and was bought: uq_generations_purchase": lambda at: claims.find_all_trashed(
        at.db, [(at.ours, "f" * 64)]
    ),
    "what was made from an asset: ix_asset_sources_workspace_id_source_id": lambda at: uses.of(
        at.db, at.ours, [at.asset.id]
    ),
    "who needs a thumbnail: ix_assets_thumbnail_digest": lambda at: blobs.purge(at.db, [at.digest]),
    "to mark as lost: ix_assets_digest": lambda at: blobs.lose(at.db, at.digest),
    "sources: pk_asset_sources": lambda at: lineage.ancestors(at.db, at.ours, at.asset.id),
    "all sources of some: pk_asset_sources": lambda at: lineage.sources(at.db, at.ours, [at.asset.id]),
    "what forbids: pk_asset_sources": lambda at: rights.upstream(at.db, at.ours, [at.asset.id]),
    "derivatives: ix_asset_sources_workspace_id_source_id": lambda at: lineage.descendants(at.db, at.ours, at.asset.id),
    "charges of a film: ix_generations_workspace_id_film_id_id": lambda at: costs.charged(
        at.db, at.ours, at.film.id, since=datetime.now(UTC), until=None
    ),
    "what was agreed for a film: ix_events_workspace_id_subject_id": lambda at: events.about(
        at.db, at.ours, "acme/a-film", what="estimate agreed"
    ),
    "whether anything is left: ix_generations_open": lambda at: generations.are_any_left(at.db),
    "what a run has bought: ix_events_claimed": lambda at: generations.bought_in(at.db, ["a run"]),
    "what was edited: ix_films_edited_at": lambda at: films.edited(at.db, since=datetime.now(UTC), limit=20),
    "whose an asset is: pk_assets": lambda at: films.workspaces_at(at.db, at.asset.id),
    "an asset's bytes: uq_assets_workspace_id_id": lambda at: blobs.of_asset(
        at.db, at.ours, at.asset.id, thumbnail=True
    ),
    "all tries at buying it: ix_generations_closed": lambda at: generations.attempts_of(
        at.db, Asset(workspace_id=at.ours, fingerprint="f" * 64)
    ),
    "what a person must find out: ix_generations_open": lambda at: generations.waiting(at.db, at.ours),
    "what may have been paid: ix_generations_open": lambda at: ledger.unresolved(at.db, at.ours, at.film.id),
    "a page of the library: uq_assets_workspace_id_id": lambda at: library.page(at.db, at.ours, Wanted()),
    "deep in the library: uq_assets_workspace_id_id": lambda at: library.cards(
        at.db, at.ours, Wanted(), after=library.place_of(at.asset)
    ),
    "the dearest of the library: ix_assets_cost": lambda at: library.cards(at.db, at.ours, Wanted(), sort="dearest"),
    "a frequent tag of the library: pk_asset_tags": lambda at: library.cards(at.db, at.ours, Wanted(tags=["common"])),
    "a rare tag of the library: pk_asset_tags": lambda at: library.cards(at.db, at.ours, Wanted(tags=["rare"])),
    "a rare word of the library: ix_assets_search": lambda at: at.within("search @@ to_tsquery('simple', 'rare:*')"),
    "what is stale: ix_standings_workspace_id_state_asset_id": lambda at: library.cards(
        at.db, at.ours, Wanted(states=["stale"])
    ),
    "how much is current: ix_standings_workspace_id_state_asset_id": lambda at: library.count(
        at.db, at.ours, Wanted(states=["current"])
    ),
    "how much stands how: ix_standings_workspace_id_state_asset_id": lambda at: facets.of(at.db, at.ours, Wanted()),
    "which of a page are stale: ix_standings_workspace_id_state_asset_id": lambda at: standings.stale(
        at.db, at.ours, [at.asset.id]
    ),
    "what one may filter by: ix_assets_workspace_id": lambda at: facets.of(at.db, at.ours, Wanted()),
    "how many there are: ix_assets_workspace_id": lambda at: library.count(at.db, at.ours, Wanted()),
    "a film of the library: ix_assets_workspace_id_film_id_id": lambda at: library.cards(
        at.db, at.ours, Wanted(films=[at.film.slug])
    ),
    "what a film uses: uq_takes_selected": lambda at: library.cards(at.db, at.ours, Wanted(used_in=[at.film.slug])),
    "what a film used again: ix_takes_reused": lambda at: library.cards(
        at.db, at.ours, Wanted(reused_in=[at.film.slug])
    ),
    "what a key is of: uq_batches_workspace_id_key": lambda at: batches.of_key(at.db, at.ours, "key 1"),
    "the newest: uq_batches_workspace_id_id": lambda at: batches.newest(at.db, at.ours, limit=9),
    "what is worked on: ix_batches_working": lambda at: batches.working(at.db),
    "what waits in a batch: ix_batch_assets_waiting": lambda at: batches.waiting(at.db, at.batch, limit=100),
    "what a batch has changed: pk_batch_assets": lambda at: batches.changed(at.db, at.batch, limit=100),
    "what that has cost: pk_batch_assets": lambda at: batches.worth(at.db, at.batch),
    "rivals of a take: ix_takes_workspace_id_asset_id": lambda at: takes.beside(at.db, at.ours, at.asset.id),
    "whose token: ix_members_token_digest": lambda at: members.signed_in(at.db, "a token"),
    "which run: ix_events_workspace_id_subject_id": lambda at: events.run_of(at.db, at.asset, {at.film.id}),
    "a page of the audit log: uq_events_workspace_id_seq": lambda at: events.listed(at.db, at.ours, before=1000),
    "the audit log in order: uq_events_workspace_id_seq": lambda at: anext(events.walk(at.db, at.ours)),
    "what is due: ix_film_requests_due": lambda at: requests.due(at.db),
    "a request of that key: uq_film_requests_key": lambda at: requests.keyed(at.db, at.ours, "a key"),
    "what is next: ix_film_requests_queue": lambda at: requests.next_in_queue(at.db, max_microusd=1),
    "what a day holds: ix_film_requests_taken_on": lambda at: requests.left_of(
        at.db, datetime.now(UTC).date(), a_day=1, max_microusd=1
    ),
    "what a request has spent: ix_events_claimed": lambda at: requests.spent_microusd(
        at.db, FilmRequest(workspace_id=at.ours, runs=["a run"])
    ),
    "whether anything is lost: ix_assets_lost": lambda at: losses.are_any(at.db, since=datetime.now(UTC)),
    "costs of a film: ix_assets_workspace_id_film_id_id": lambda at: costs.booked(at.db, at.ours, at.film.id),
    "spending of some days: uq_spending_sums": lambda at: spending.by_day_and(
        at.db, at.ours, "type", since=LONG_AGO, until=LONG_AGO
    ),
    "spending of all days: uq_spending_sums": lambda at: spending.by(at.db, at.ours, "character"),
    "spending that nobody has folded: pk_spending_deltas": lambda at: spending.by(at.db, at.ours, "type"),
    "attempts that came to nothing: ix_generations_not_stored": lambda at: spending.by(at.db, at.ours, "state"),
    "what was refused: ix_generations_not_stored": lambda at: spending.attempts(at.db, at.ours, since=LONG_AGO),
    "what has no asset: ix_generations_not_stored": lambda at: generations.not_stored(
        at.db, at.ours, states=["unknown"], after=at.film.id
    ),
    "what reuse saved: ix_takes_reused": lambda at: costs.saved(at.db, at.ours, since=LONG_AGO),
    "what reuse saved each film: ix_takes_reused": lambda at: spending.saved_by(at.db, at.ours, "film", since=LONG_AGO),
    "what is likely to be spent: uq_spending_sums": lambda at: outlook.forecast(
        at.db, at.ours, today=datetime.now(UTC).date()
    ),
    "since when anything is spent: ix_assets_workspace_id_created_at": lambda at: outlook.forecast(
        at.db, at.ours, today=datetime.now(UTC).date()
    ),
    "spending of a film: ix_assets_workspace_id_film_id_id": lambda at: spending.by(
        at.db, at.ours, "day", film_id=at.film.id
    ),
    "what a film has asked for: ix_generations_workspace_id_film_id_id": lambda at: spending.attempts(
        at.db, at.ours, film_id=at.film.id
    ),
    "who is in films: uq_slots_workspace_id_film_id_character_id_name": lambda at: productions.cast(
        at.db, at.ours, [at.film.id]
    ),
    "what is wasted: ix_takes_workspace_id_asset_id": lambda at: waste.by_film(at.db, at.ours),
    "shots of a film: ix_shots_workspace_id_film_id_position": lambda at: shots.listed(at.db, at.ours, at.film.id),
    "the guide's images: ix_assets_character_id": lambda at: at.sql(guide_sql.IMAGES_OF_A_CHARACTER),
    "the guide's tags: ix_assets_tags": lambda at: at.sql(guide_sql.VIDEOS_WITH_TAGS),
    "the guide's attempts: ix_assets_workspace_id": lambda at: at.sql(guide_sql.ALL_ATTEMPTS),
    "the guide's derivatives: ix_assets_source_asset_id": lambda at: at.sql(guide_sql.DERIVATIVES),
}


@pytest.mark.slow
async def test_every_question_uses_its_index(db: AsyncSession, acme: Workspace) -> None:
    film, mara = await a_film(db, acme), await a_character(db, acme)
    source = await an_asset(db, acme, "a source")
    asset = await an_asset(db, acme, film_id=film.id, character_ids=[mara.id], source_asset_ids=[source.id])
    await (await db.connection()).exec_driver_sql(FILL, execution_options={"no_parameters": True})

    plans = {question: await _plans(At(db, film, asset), ask) for question, ask in QUESTIONS.items()}

    assert [question for question, plan in plans.items() if question.partition(": ")[2] not in plan] == []
    assert {question: scanned for question, plan in plans.items() if (scanned := SCANNED.findall(plan))} == {}


async def _plans(at: At, ask: Ask) -> str:
    """How Postgres goes about all statements that `ask` sends."""
    connection = await at.db.connection()
    sent: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        sent.append((statement, parameters))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    await ask(at)
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    answers = [await connection.exec_driver_sql(f"EXPLAIN {statement}", values) for statement, values in sent]
    return "\n".join(line for answer in answers for line in answer.scalars())
