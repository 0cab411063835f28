"""Tests of bulk work over the API and its pages: roles, keys, filters, refusals, undo, other workspaces, and kills."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events, films
from director_dagster.catalog.tables import Asset, Batch, Verb
from director_dagster.catalog.tables.batches import OF_A_FILM, OF_A_TAG, VERBS
from director_dagster.errors import StorageUnavailable
from director_dagster.library.working import Working
from director_dagster.studio import bulk
from director_dagster.studio.audit import verify
from director_dagster.studio.bulk import Asked
from director_dagster.studio.trash import hold
from director_dagster.vault.store import Vault
from director_dagster_tests.library.batches import API, ended, post
from director_dagster_tests.library.conftest import HERE, Shelf

ONE = [str(new_id())]


async def rows(shelf: Shelf) -> dict[str, Asset]:
    """All assets, by name."""
    async with shelf.catalog.session() as db:
        return {asset.name: asset for asset in await db.scalars(select(Asset))}


async def test_assets_are_tagged_favoured_and_deleted_and_have_it_taken_back(shelf: Shelf) -> None:
    ids = [(await shelf.asset(f"piece {number}", tags=["old"])).id for number in range(3)]
    await shelf.asset("another")

    async with shelf.reader() as reader:
        tagged = await ended(reader, await post(reader, "tag", ids, tag="new"))
        again = await ended(reader, await post(reader, "tag", ids, tag=" new\u200b"))
        loved = await ended(reader, await post(reader, "favorite", ids[:2]))
        gone = await ended(reader, await post(reader, "delete", ids))
        there = await rows(shelf)
        back = await reader.post(f"/api/v1/batches/{gone['id']}:undo")
        twice = await reader.post(f"/api/v1/batches/{gone['id']}:undo")
        bare = await ended(reader, await reader.post(f"/api/v1/batches/{tagged['id']}:undo"))
        nothing = await ended(reader, await reader.post(f"/api/v1/batches/{again['id']}:undo"))

    assert [each["changed"] for each in (tagged, again, loved, gone, bare, nothing)] == [3, 0, 2, 3, 3, 0]
    assert tagged["changed_ids"] == [str(id_) for id_ in reversed(ids)]
    assert [name for name, asset in there.items() if asset.deleted_at] == ["piece 0", "piece 1", "piece 2"]
    assert there["piece 0"].tags[-2:] == ["old", "new"]
    assert back.json() == twice.json()
    assert (back.json()["verb"], back.json()["undoes"]) == ("restore", gone["id"])
    after = await rows(shelf)
    assert [asset.name for asset in after.values() if asset.deleted_at or "new" in asset.tags] == []
    assert sorted(asset.name for asset in after.values() if asset.favorite) == ["piece 0", "piece 1"]
    await _told(
        shelf, ["tagged"] * 3 + ["made a favourite"] * 2 + ["deleted"] * 3 + ["restored"] * 3 + ["untagged"] * 3
    )


async def _told(shelf: Shelf, what: list[str]) -> None:
    """The log says just that, of whoever is at this machine, and so do the sidecars."""
    async with shelf.catalog.session() as db:
        await verify(db, shelf.workspace.id)
        found = [each for each in await events.listed(db, shelf.workspace.id, limit=1000) if each.who == "sam"]
        assets = list(await db.scalars(select(Asset)))
    assert [each.what for each in reversed(found)] == what
    assert all(each.asset_id is not None for each in found)
    for asset in (each for each in assets if each.name != "another"):
        sidecar = await shelf.library.vault.sidecar(str(asset.workspace_id), str(asset.id))
        [row] = [entry["row"] for entry in sidecar["rows"] if entry["table"] == "assets"]
        assert (row["tags"], row["favorite"], row["deleted_at"]) == (asset.tags, asset.favorite, None)
    tail = await shelf.library.vault.journal_tail(str(shelf.workspace.id), 1)
    assert tail[-1]["what"] == what[-1]


async def test_the_same_key_is_the_same_batch_and_another_wish_under_it_is_refused(shelf: Shelf) -> None:
    first, second = [(await shelf.asset(f"piece {number}")).id for number in range(2)]

    async with shelf.reader() as reader:
        once = await ended(reader, await post(reader, "favorite", [first], key="k"))
        await ended(reader, await post(reader, "unfavorite", [first]))
        twice = await ended(reader, await post(reader, "favorite", [first], key="k"))
        both = await asyncio.gather(*(post(reader, "tag", [first, second], tag="x", key="both") for _ in range(4)))
        other = await post(reader, "favorite", [second], key="k")
        strange = await post(reader, "favorite", [second], key="a space")

    assert once == twice
    assert not (await rows(shelf))["piece 0"].favorite
    assert {answer.json()["id"] for answer in both} == {both[0].json()["id"]}
    assert {answer.json()["changed"] for answer in both} == {2}
    assert (other.status_code, other.headers["content-type"]) == (409, "application/problem+json")
    assert strange.status_code == 422
    async with shelf.catalog.session() as db:
        told = await events.listed(db, shelf.workspace.id, limit=1000)
    assert [each.what for each in told].count("tagged") == 2


async def test_a_filter_is_of_what_fits_and_only_when_as_many_fit_as_were_seen(shelf: Shelf) -> None:
    for number in range(4):
        await shelf.asset(f"piece {number}", tags=["seen"] if number % 2 else [], type="image" if number else "video")

    async with shelf.reader() as reader:
        query = "type=image&tag=seen&sort=dearest&at=&limit=1"
        seen = (await reader.get(f"{API}/count?{query}")).json()
        wrong = await post(reader, "delete", filter=query, expected_count=seen["value"] + 1)
        fewer = await post(reader, "delete", filter=query, expected_count=seen["value"], capped=True)
        nothing = await rows(shelf)
        begun = await post(reader, "delete", filter=query, expected_count=seen["value"])
        batch = await ended(reader, begun)
        elsewhere = await post(reader, "delete", filter="workspace=other", expected_count=0)
        bad = await post(reader, "delete", filter="type=movie", expected_count=0)

    assert (wrong.status_code, fewer.status_code) == (409, 409)
    assert "2 assets fit now, not 3" in wrong.json()["detail"]
    assert [asset for asset in nothing.values() if asset.deleted_at] == []
    assert begun.status_code == 202
    assert begun.headers["location"] == f"/api/v1/batches/{batch['id']}"
    assert batch["changed"] == 2
    assert [name for name, asset in (await rows(shelf)).items() if asset.deleted_at] == ["piece 1", "piece 3"]
    assert (elsewhere.status_code, bad.status_code) == (400, 422)
    assert bad.json()["errors"][0]["where"] == "filter.type.0"


async def test_what_is_in_use_or_held_stays_and_the_batch_says_why(shelf: Shelf) -> None:
    source = await shelf.asset("the source")
    result = await shelf.asset("the result", source_asset_ids=[source.id])
    last = await shelf.asset("the last", source_asset_ids=[result.id])
    alone = await shelf.asset("alone")
    await hold(shelf.library.studio, shelf.workspace.id, [last.id], reason="case 7")

    async with shelf.reader(accept="text/html") as reader:
        kept = await ended(reader, await post(reader, "delete", [source.id, result.id, last.id, alone.id, new_id()]))
        page = (await reader.get(f"/batches/{kept['id']}")).text
        async with shelf.catalog.session() as db:
            await db.execute(update(Asset).where(Asset.id == last.id).values(held_at=None, hold_reason=None))
        gone = await ended(reader, await post(reader, "delete", [source.id, result.id, last.id]))
        async with shelf.catalog.session() as db:
            purged = update(Asset).where(Asset.id == alone.id)
            await db.execute(purged.values(purged_at=func.now(), purge_reason="blurred"))
        back = await ended(reader, await post(reader, "restore", [last.id, alone.id]))

    why = {each["name"]: each["why"] for each in kept["refusals"]}
    assert (kept["changed"], kept["refused"], kept["done"], kept["total"]) == (1, 4, 5, 5)
    assert why["the last"].startswith("it is held since ")
    assert why["the result"] == f"the last ({last.id}) was made from it"
    assert why["the source"] == f"the result ({result.id}) was made from it"
    assert why[None] == "there is no such asset in this workspace"
    assert "the last</a>: it is held since" in page
    assert gone["changed"] == 3
    assert (back["changed"], back["refusals"][0]["why"][:11]) == (1, "it was purg")


async def test_no_step_ends_between_a_source_and_what_was_made_from_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    ids = [(await shelf.asset("piece 0")).id]
    for number in range(1, 7):
        ids.append((await shelf.asset(f"piece {number}", source_asset_ids=[ids[-1]])).id)

    async with shelf.reader() as reader:
        gone = await ended(reader, await post(reader, "delete", ids))
        back = await ended(reader, await reader.post(f"/api/v1/batches/{gone['id']}:undo"))

    assert (gone["changed"], gone["refused"], back["changed"]) == (7, 0, 7)


async def test_a_viewer_is_refused_everywhere_and_an_artist_is_not(outside: Shelf) -> None:
    asset = await outside.asset()
    artist, viewer = await outside.token("Art", "artist"), await outside.token("Vi", "viewer")

    async with outside.reader(authorization=f"Bearer {artist}") as reader:
        batch = await ended(reader, await post(reader, "favorite", [asset.id]))
        ours = [await reader.get(f"/batches/{batch['id']}"), await reader.post("/library.zip", data={"filter": "?"})]
        cards = (await reader.get("/library")).text
    async with outside.reader(authorization=f"Bearer {viewer}") as reader:
        verbs = [await post(reader, verb, [asset.id], **about(verb)) for verb in VERBS]
        reads = [await reader.get(address.format(batch["id"])) for address in READS]
        undo = [await reader.post(address.format(batch["id"])) for address in UNDO]
        zips = [await reader.post("/library.zip", data=form) for form in ({"filter": "?"}, {"ids": str(asset.id)})]
        looked = (await reader.get("/library")).text

    assert [answer.status_code for answer in ours] == [200, 200]
    assert {answer.status_code for answer in (*verbs, *reads, *undo, *zips)} == {403}
    assert ("data-toolbar" in cards, "data-toolbar" in looked) == (True, False)
    assert (await rows(outside))["a shot"].favorite


def about(verb: Verb) -> Mapping[str, str]:
    """What a verb is asked for with."""
    return {"tag": "x"} if verb in OF_A_TAG else {"film": "a-door"} if verb in OF_A_FILM else {}


READS = ("/api/v1/batches/{}", "/batches/{}", "/batches/{}/progress")
UNDO = ("/api/v1/batches/{}:undo", "/batches/{}/undo")


async def test_ids_and_batches_of_another_workspace_are_as_if_they_were_not_there(outside: Shelf) -> None:
    async with outside.catalog.session() as db:
        other = await films.workspace(db, "other")
    mine, theirs = await outside.asset("mine"), await outside.asset("theirs", workspace=other)
    tokens = [await outside.token("Art", "artist"), await outside.token("Ora", "artist", workspace=other)]

    async with outside.reader(authorization=f"Bearer {tokens[0]}") as reader:
        done = [await ended(reader, await post(reader, "delete", [mine.id, id_])) for id_ in (theirs.id, new_id())]
        zips = [await reader.post("/library.zip", data={"ids": str(id_)}) for id_ in (theirs.id, new_id())]
    async with outside.reader(authorization=f"Bearer {tokens[1]}") as reader:
        foreign = [await reader.get(address.format(done[0]["id"])) for address in READS]
        foreign += [await reader.post(address.format(done[0]["id"])) for address in UNDO]

    assert [(each["changed"], each["refused"]) for each in done] == [(1, 1), (0, 1)]
    assert {(each["refusals"][0]["name"], each["refusals"][0]["why"]) for each in done} == {
        (None, "there is no such asset in this workspace")
    }
    assert {answer.status_code for answer in (*foreign, *zips)} == {404}
    assert (await rows(outside))["theirs"].deleted_at is None


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("favorite", {"ids": []}),
        ("tag", {"ids": ONE}),
        ("tag", {"ids": ONE, "tag": " "}),
        ("tag", {"ids": ONE, "tag": "x" * 61}),
        ("tag", {"ids": ONE, "tag": "two\nlines"}),
        ("tag", {"ids": ONE, "tag": "\u200b"}),
        ("delete", {"ids": ONE, "tag": "x"}),
        ("delete", {"ids": ONE, "film": "a-door"}),
        ("use", {"ids": ONE}),
        ("use", {"ids": ONE, "film": "no-such-film"}),
        ("leave", {"ids": ONE, "film": "a-door", "tag": "x"}),
        ("delete", {}),
        ("delete", {"ids": ONE, "filter": ""}),
        ("delete", {"filter": ""}),
        ("delete", {"ids": ["x"]}),
        ("purge", {"ids": ONE}),
    ],
)
async def test_what_cannot_be_meant_is_refused_and_nothing_is_written_down(
    shelf: Shelf, verb: str, body: Mapping[str, Any]
) -> None:
    async with shelf.reader() as reader:
        answer = await reader.post(f"{API}:{verb}", json=body)

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    async with shelf.catalog.session() as db:
        assert (await db.scalars(select(Batch))).all() == []


async def test_only_our_own_pages_ask_for_it(shelf: Shelf) -> None:
    asset = await shelf.asset()

    async with shelf.reader(origin="https://evil.example") as reader:
        answers = [await post(reader, "delete", [asset.id]), await reader.post("/library.zip", data={"filter": "?"})]

    assert [answer.status_code for answer in answers] == [403, 403]


async def test_a_batch_that_was_left_in_the_middle_is_gone_on_with(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    ids = [(await shelf.asset(f"piece {number}")).id for number in range(7)]
    studio = replace(shelf.library.studio, catalog=shelf.catalog.within(shelf.workspace.id, actor=Actor(who="mara")))
    batch = await bulk.begin(studio, shelf.workspace.id, Asked(key="k", verb="delete", ids=ids))
    dying = Dying(shelf.library.vault.root, lives=2)

    with pytest.raises(RuntimeError, match="killed"):
        await bulk.work(replace(studio, vault=dying), shelf.workspace.id, batch.id)
    half = await bulk.known(studio, shelf.workspace.id, batch.id)
    workers = [Working(), Working()]
    for each in workers:
        each.go_on(shelf.library.studio)
    while (whole := await bulk.known(studio, shelf.workspace.id, batch.id)).ended_at is None:
        await asyncio.sleep(0.01)
    for each in workers:
        await each.stop()

    assert (half.done, half.changed, half.state) == (4, 4, "working")
    assert (whole.done, whole.changed, whole.state) == (7, 7, "done")
    async with shelf.catalog.session() as db:
        told = [each for each in await events.listed(db, shelf.workspace.id, limit=1000) if each.what == "deleted"]
    assert sorted(each.asset_id for each in told if each.asset_id) == ids
    assert {each.who for each in told} == {"mara"}


class Dying(Vault):
    """A vault whose process is killed when it has kept so many sets of sidecars."""

    def __init__(self, root: Any, *, lives: int, error: Exception | None = None) -> None:
        super().__init__(root)
        self.lives = lives
        self.error = error or RuntimeError("killed")

    async def put_sidecars(self, records: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        await super().put_sidecars(records)
        self.lives -= 1
        if self.lives < 0:
            raise self.error


async def test_a_full_disk_is_waited_for_and_a_fault_of_ours_ends_the_batch(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("director_dagster.library.working.AGAIN_S", 0.01)
    asset = await shelf.asset()
    full = Dying(shelf.library.vault.root, lives=0, error=StorageUnavailable("the disk is full"))
    broken = Dying(shelf.library.vault.root, lives=0)
    studio, working = shelf.library.studio, Working()
    within = shelf.catalog.within(shelf.workspace.id, actor=Actor(who="mara"))

    async def done(verb: Any, vault: Dying) -> Batch:
        its = replace(studio, catalog=within, vault=vault)
        batch = await bulk.begin(its, shelf.workspace.id, Asked(key=verb, verb=verb, ids=[asset.id]))
        task = working.on(its, batch)
        await asyncio.sleep(0.3)
        vault.lives = 1_000 if vault is full else 0
        return await task

    waited, failed = await done("favorite", full), await done("delete", broken)
    async with shelf.reader(accept="text/html") as reader:
        page = (await reader.get(f"/batches/{failed.id}")).text

    assert (waited.state, waited.changed) == ("done", 1)
    assert (failed.state, failed.changed) == ("failed", 0)
    assert "a fault of the library" in failed.reason
    assert "It was given up" in page


async def test_a_batch_has_a_page_that_asks_again_until_it_is_done_and_takes_it_back(shelf: Shelf) -> None:
    ids = [(await shelf.asset(f"piece {number}")).id for number in range(2)]
    studio = replace(shelf.library.studio, catalog=shelf.catalog.within(shelf.workspace.id, actor=Actor(who="mara")))
    batch = await bulk.begin(studio, shelf.workspace.id, Asked(key="k", verb="tag", argument="<b>", ids=ids))

    async with shelf.reader(accept="text/html", origin=HERE) as reader:
        begun = (await reader.get(f"/batches/{batch.id}")).text
        early = await reader.post(f"/batches/{batch.id}/undo")
        await bulk.work(studio, shelf.workspace.id, batch.id)
        done = (await reader.get(f"/batches/{batch.id}/progress")).text
        offered = (await reader.get("/batches")).text
        back = await reader.post(f"/batches/{batch.id}/undo")
        after = (await reader.get(f"/batches/{batch.id}")).text
        none = await reader.get(f"/batches/{new_id()}")
        recent = (await reader.get("/batches")).text

    assert f'hx-get="/batches/{batch.id}/progress"' in begun
    assert "Tagged “&lt;b&gt;”" in begun
    assert early.status_code == 409
    assert ("hx-get" in done, "<button>Undo</button>" in done) == (False, True)
    assert back.status_code == 303
    assert back.headers["location"].startswith("/batches/")
    assert re.search(r'was <a href="/batches/[^"]+">taken back', after)
    assert none.status_code == 404
    assert f'action="/batches/{batch.id}/undo"' in offered
    assert f'action="/batches/{batch.id}/undo"' not in recent
    assert (recent.count("<tr><th scope="), recent.count(">taken back</a>")) == (3, 1), "a heading and two batches"


async def test_a_large_set_is_worked_on_in_the_background(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("director_dagster.library.bulk.SMALL", 20)
    monkeypatch.setattr(bulk, "AT_ONCE", 20)
    await shelf.asset()
    async with shelf.catalog.session() as db:
        await db.execute(text(FILL), {"count": 99})
        ids = list(await db.scalars(select(Asset.id)))

    async with shelf.reader() as reader:
        begun = await post(reader, "tag", ids, tag="many")
        done = await ended(reader, begun)
        count = (await reader.get(f"{API}/count?tag=many")).json()

    assert begun.status_code == 202
    assert (begun.json()["total"], begun.json()["changed_ids"]) == (100, [])
    assert (done["changed"], len(done["changed_ids"])) == (100, 100)
    assert count == {"value": 100, "capped": False}


FILL = """
INSERT INTO assets (id, workspace_id, type, kind, name, source, url)
SELECT gen_random_uuid(), workspace_id, type, kind, 'filler', source, url
FROM assets, generate_series(1, :count)
"""
