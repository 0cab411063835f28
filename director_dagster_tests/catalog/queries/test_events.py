"""Tests of the questions to the audit log."""

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import chain
from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events, films
from director_dagster.catalog.tables import Asset, Workspace


async def test_lines_are_listed_newest_first_in_pages(db: AsyncSession, acme: Workspace) -> None:
    for what in ("made", "kept", "deleted"):
        await events.note(db, workspace_id=acme.id, who="sam", what=what, subject="acme/film", details={"a": 1})
    await events.note(db, workspace_id=(await films.workspace(db, "other")).id, who="kim", what="made", subject="x")
    await chain.write(db)

    first = await events.listed(db, acme.id, limit=2)
    second = await events.listed(db, acme.id, before=first[-1].seq, limit=2)

    assert [event.what for event in (*first, *second)] == ["deleted", "kept", "made"]
    assert (first[0].who, first[0].subject, first[0].details) == ("sam", "acme/film", {"a": 1})


async def test_what_is_said_of_one_subject_is_found_oldest_first(db: AsyncSession, acme: Workspace) -> None:
    for what, subject in (("made", "acme/a"), ("agreed", "acme/a"), ("agreed", "acme/b"), ("agreed", "acme/a")):
        await events.note(db, workspace_id=acme.id, who="sam", what=what, subject=subject)
    await chain.write(db)

    found = await events.about(db, acme.id, "acme/a", what="agreed")

    assert [(event.what, event.subject) for event in found] == [("agreed", "acme/a")] * 2
    assert found[0].id < found[1].id


async def test_the_run_of_an_asset_is_that_which_bought_it_or_put_it_into_its_place(
    db: AsyncSession, acme: Workspace
) -> None:
    place, generation, other = new_id(), new_id(), new_id()
    asset = Asset(id=new_id(), workspace_id=acme.id, generation_id=generation)
    brought = Asset(id=new_id(), workspace_id=acme.id)
    chain.acts(db, Actor(who="sam", run_id="a run"))
    await events.note(db, workspace_id=acme.id, what="failed", subject=str(generation))
    await chain.write(db)
    chain.acts(db, Actor(who="sam", run_id="another run"))
    for each, subject in ((brought.id, place), (asset.id, other)):
        await events.note(db, workspace_id=acme.id, what="selected", subject=str(subject), asset_id=each)
    await chain.write(db)

    found = [await events.run_of(db, each, {place}) for each in (asset, brought)]

    assert found == ["a run", "another run"]
    assert await events.run_of(db, brought, {other}) is None
