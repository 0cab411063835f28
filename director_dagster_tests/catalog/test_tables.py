"""Tests of what the tables themselves hold to, whoever writes."""

from typing import Any

import pytest
from sqlalchemy import Constraint, Index, Table, UniqueConstraint, delete, insert, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import films, takes
from director_dagster.catalog.tables import Asset, Base, Blob, Event, GenerationEvent, Receipt, Take, Workspace
from director_dagster_tests.catalog.rows import a_character, a_film, an_asset, filed

GLOBAL = {"workspaces", "blobs", "blob_copies"}


def _keys(table: Table) -> list[Constraint | Index]:
    return [*table.constraints, *table.indexes]


KEYS = [(table.name, key) for table in Base.metadata.tables.values() for key in _keys(table)]
JOURNALS = {"receipts", "generation_events", "events"}
DERIVED = {"spending_deltas", "spending_sums", "asset_tags"}


def test_every_table_but_the_shared_ones_names_its_workspace() -> None:
    assert {name for name, table in Base.metadata.tables.items() if "workspace_id" not in table.columns} == GLOBAL


def test_every_unique_key_of_a_tenant_begins_with_the_workspace() -> None:
    firsts = [
        (table, str(key.name), next(iter(key.columns)).name)
        for table, key in KEYS
        if table not in GLOBAL and (isinstance(key, UniqueConstraint) or (isinstance(key, Index) and key.unique))
    ]

    assert [key for key in firsts if key[2] != "workspace_id"] == []


def test_every_constraint_and_index_is_named_for_its_table_within_what_postgres_keeps() -> None:
    names = [(table, str(key.name)) for table, key in KEYS]

    assert [name for table, name in names if not name[3:].startswith(table) or len(name) > 63] == []


@pytest.mark.parametrize("model", [Receipt, GenerationEvent, Event])
async def test_a_journal_is_never_rewritten_even_by_its_owner(db: AsyncSession, model: type[Base]) -> None:
    for statement in (
        update(model).values(workspace_id=new_id()),
        delete(model),
        text(f"TRUNCATE {model.__tablename__}"),
    ):
        with pytest.raises(ProgrammingError, match="is append-only"):
            async with db.begin_nested():
                await db.execute(statement)


async def test_the_restricted_role_may_do_what_the_program_does_and_no_more(db: AsyncSession) -> None:
    query = text("""
        SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS privileges
        FROM information_schema.role_table_grants WHERE grantee = 'director_app' GROUP BY table_name
    """)

    granted = {row.table_name: row.privileges for row in await db.execute(query)}

    expected = dict.fromkeys(Base.metadata.tables.keys() - {"members"}, "INSERT SELECT UPDATE")
    expected |= dict.fromkeys(JOURNALS, "INSERT SELECT") | dict.fromkeys({*DERIVED, "catalog_revision"}, "SELECT")
    assert granted == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.kling.ai/video.mp4",
        "/var/lib/video.mp4",
        "vault:sha256/abc.mp4",
        f"vault:sha256/{'A' * 64}.mp4",
        f"vault:sha256/{'a' * 64}",
        f"vault:sha256/{'a' * 64}.mp4\n",
        f"x vault:sha256/{'a' * 64}.mp4",
    ],
)
async def test_a_row_points_to_nothing_but_the_vault(db: AsyncSession, acme: Workspace, url: str) -> None:
    with pytest.raises(IntegrityError, match="ck_assets_url"):
        await _insert(db, acme, url=url)


async def test_a_row_points_to_no_blob_that_the_catalog_does_not_know(db: AsyncSession, acme: Workspace) -> None:
    with pytest.raises(IntegrityError, match="fk_assets_digest"):
        await _insert(db, acme, url=f"vault:sha256/{'a' * 64}.mp4")


async def test_only_a_generation_may_have_no_bytes(db: AsyncSession, acme: Workspace) -> None:
    await _insert(db, acme, url=None, source="generation")

    with pytest.raises(IntegrityError, match="ck_assets_only_generations_fail"):
        await _insert(db, acme, url=None, source="upload")


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("ck_assets_type", {"type": "movie"}),
        ("ck_assets_kind", {"kind": "clip"}),
        ("ck_assets_source", {"source": "theft"}),
        ("ck_assets_cost_microusd", {"cost_microusd": -1}),
        ("ck_assets_duration_s", {"duration_s": -1.0}),
        ("ck_assets_size", {"width": 0, "height": 720}),
        ("ck_assets_tags", {"tags": {"a": 1}}),
        ("ck_assets_generation_metadata", {"generation_metadata": []}),
    ],
)
async def test_a_value_outside_its_domain_is_kept_out(
    db: AsyncSession, acme: Workspace, constraint: str, values: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        await _insert(db, acme, url=await filed(db, "bytes"), **values)


async def test_cost_and_digest_are_reckoned_from_their_truth(db: AsyncSession, acme: Workspace) -> None:
    url = await filed(db, "a film")
    asset = Asset(
        workspace_id=acme.id, type="video", kind="film", name="film", url=url, source="import", cost_microusd=2**63 - 1
    )

    db.add(asset)
    await db.flush()

    assert str(asset.generation_cost) == "9223372036854.775807"
    assert asset.url == f"vault:sha256/{asset.digest}.mp4"
    assert (await db.get_one(Blob, asset.digest)).size_bytes == len("a film")


async def test_no_row_points_into_another_workspace(db: AsyncSession, acme: Workspace) -> None:
    other = await films.workspace(db, "other")
    film, character = await a_film(db, other), await a_character(db, other)
    asset = await an_asset(db, other)

    for column, value in (("film_id", film.id), ("character_id", character.id), ("source_asset_id", asset.id)):
        with pytest.raises(IntegrityError, match=f"fk_assets_workspace_id_{column}"):
            async with db.begin_nested():
                await _insert(db, acme, **{column: value})


async def test_a_slot_never_has_two_selected_takes(db: AsyncSession, acme: Workspace) -> None:
    film, asset = await a_film(db, acme), await an_asset(db, acme)
    slot = await takes.ensure_slot(db, workspace_id=acme.id, film_id=film.id, name="film", kind="film")
    for _ in range(2):
        await takes.add(db, slot=slot, asset_id=asset.id, basis={}, basis_version=1)

    with pytest.raises(IntegrityError, match="uq_takes_selected"):
        await db.execute(update(Take).values(selected_at=text("now()"), selected_by="sam"))


async def _insert(db: AsyncSession, workspace: Workspace, **values: Any) -> None:
    row = {"type": "video", "kind": "shot", "name": "a shot", "source": "generation", **values}
    await db.execute(insert(Asset).values(id=new_id(), workspace_id=workspace.id, **row))
