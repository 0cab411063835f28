"""Tests of questions about rights."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import chain
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events, films, rights
from director_dagster.catalog.queries.rights import NOTED
from director_dagster.catalog.tables import Asset, AssetEdge, Workspace
from director_dagster.story.rights import OWN_WORK, Rights
from director_dagster_tests.catalog.rows import an_asset

TODAY = date.today()  # noqa: DTZ011 (as Postgres's own is)


async def made_from(db: AsyncSession, acme: Workspace, name: str, *sources: Asset, allowed: Rights = OWN_WORK) -> Asset:
    return await an_asset(db, acme, name, rights=allowed, source_asset_ids=[(each.id, each.name) for each in sources])


async def test_whatever_is_upstream_and_forbids_something_is_found_however_far(
    db: AsyncSession, acme: Workspace
) -> None:
    look = await made_from(db, acme, "look", allowed=Rights(licence="CC-BY-NC-ND-4.0", commercial=False))
    beside = await made_from(db, acme, "beside", allowed=Rights(commercial=False))
    chained = look
    for number in range(40):
        chained = await made_from(db, acme, f"frame {number}", chained)
    music = await made_from(db, acme, "music", allowed=Rights())
    film = await made_from(db, acme, "film", chained, music, look)

    found = await rights.upstream(db, acme.id, [film.id])

    assert [(each.asset.name, list(each.forbids), each.known) for each in found] == [
        ("look", ["commercial use"], False),
        ("music", [], False),
    ]
    assert beside.id not in {each.asset.id for each in found}


async def test_a_circle_ends_and_another_workspace_is_not_looked_into(db: AsyncSession, acme: Workspace) -> None:
    one = await made_from(db, acme, "one", allowed=Rights(derivatives=False))
    two = await made_from(db, acme, "two", one)
    await db.execute(
        insert(AssetEdge).values(workspace_id=acme.id, asset_id=one.id, source_id=two.id, role="made after itself")
    )

    found = await rights.upstream(db, acme.id, [two.id])
    foreign = await rights.upstream(db, (await films.workspace(db, "other")).id, [two.id])

    assert [each.asset.name for each in found] == ["one"]
    assert foreign == []
    assert await rights.upstream(db, acme.id, []) == []


@pytest.mark.parametrize(("days", "ended"), [(-2, True), (2, False)])
async def test_a_consent_that_has_ended_is_found_and_one_that_goes_on_is_not(
    db: AsyncSession, acme: Workspace, days: int, *, ended: bool
) -> None:
    voice = await made_from(db, acme, "voice")
    line = await made_from(db, acme, "line", voice)
    until = TODAY + timedelta(days)
    await rights.consented(db, acme.id, [voice.id], consent_id=new_id(), scope="Ann, this film", until=until)

    found = await rights.upstream(db, acme.id, [line.id])

    assert [(each.asset.id, each.ended, each.asset.consent_until) for each in found] == (
        [(voice.id, True, until)] if ended else []
    )


async def test_what_somebody_says_replaces_what_was_known_and_is_told(db: AsyncSession, acme: Workspace) -> None:
    look = await made_from(db, acme, "look")

    noted = await rights.note(db, acme.id, look.id, Rights(licence="CC-BY-NC-4.0", commercial=False))
    await chain.write(db)

    assert (noted.licence, noted.commercial, noted.derivatives) == ("CC-BY-NC-4.0", False, None)
    (told,) = await events.about(db, acme.id, str(look.id), what=NOTED)
    assert (told.asset_id, told.details["licence"], told.details["derivatives"]) == (look.id, "CC-BY-NC-4.0", None)


async def test_a_consent_is_whole_or_none(db: AsyncSession, acme: Workspace) -> None:
    look = await made_from(db, acme, "look")
    look.consent_scope = "Ann, this film"

    with pytest.raises(IntegrityError, match="ck_assets_consent"):
        await db.flush()
