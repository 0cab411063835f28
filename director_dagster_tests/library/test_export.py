"""Tests of the ZIP of assets: their bytes, a table, safe names, and what is left out."""

import csv
import io
import unicodedata
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, update

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events
from director_dagster.catalog.tables import Asset
from director_dagster.library import zipped
from director_dagster.library.zipped import Piece
from director_dagster_tests.library.conftest import Shelf

HOSTILE = (
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/abs",
    "C:\\x",
    "CON",
    "a\0b\n",
    ".",
    "",
    "\u202egpj.exe",
    "é" * 300,
)


def opened(data: bytes) -> dict[str, bytes]:
    """The files of a ZIP that is sound, by name."""
    with ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_originals_come_with_the_table_that_the_list_has(shelf: Shelf) -> None:
    first = await shelf.asset("the first", data=b"bytes of it", tags=["=x"])
    await shelf.asset("another")

    async with shelf.reader() as reader:
        some = await reader.post("/library.zip", data={"ids": str(first.id)})
        fitting = await reader.post("/library.zip", data={"filter": "?q=the+first&sort=oldest"})
        table = (await reader.get("/library.csv?q=the+first")).text

    name = f"home-assets/the-first_{first.id}.mp4"
    assert some.headers["content-disposition"] == 'attachment; filename="home-assets.zip"'
    assert opened(some.content) == {name: b"bytes of it", "home-assets/assets.csv": table.encode()}
    assert opened(fitting.content) == opened(some.content)
    async with shelf.catalog.session() as db:
        told = (await events.listed(db, shelf.workspace.id, limit=1))[0]
    assert (told.who, told.what, told.details) == ("sam", "exported", {"assets": 1, "bytes": 11})


async def test_what_has_no_bytes_is_named_and_not_silently_left_out(shelf: Shelf) -> None:
    made = [await shelf.asset(name) for name in ("there", "lost", "purged", "trashed")]
    failed = await shelf.asset("failed", url=None)
    shelf.library.vault.locate(str(made[1].digest)).unlink()
    async with shelf.catalog.session() as db:
        purged = {"deleted_at": func.now(), "purged_at": func.now(), "purge_reason": "a mistake"}
        await db.execute(update(Asset).where(Asset.id == made[2].id).values(purged))
        await db.execute(update(Asset).where(Asset.id == made[3].id).values(deleted_at=func.now()))

    async with shelf.reader() as reader:
        ids = ",".join(str(each.id) for each in (*made, failed))
        files = opened((await reader.post("/library.zip", data={"ids": ids})).content)

    left = list(csv.DictReader(io.StringIO(files["home-assets/left-out.csv"].decode())))
    assert {row["name"]: row["why"] for row in left} == {
        "lost": "its bytes are lost: Recover, on its film's board, or `director recover` has them back",
        "purged": "it was purged: a mistake",
        "failed": "its making failed: there are no bytes",
    }
    assert len(list(csv.DictReader(io.StringIO(files["home-assets/assets.csv"].decode())))) == 5
    assert sorted(data for name, data in files.items() if name.endswith(".mp4")) == [b"there", b"trashed"]


async def test_too_much_and_nothing_are_refused(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("director_dagster.library.export.MOST", 2)
    ids = [(await shelf.asset(f"piece {number}")).id for number in range(3)]

    async with shelf.reader() as reader:
        many = await reader.post("/library.zip", data={"filter": "?"})
        monkeypatch.setattr("director_dagster.library.export.MOST_BYTES", 10)
        large = await reader.post("/library.zip", data={"ids": ",".join(map(str, ids[:2]))})
        strange = await reader.post("/library.zip", data={"ids": str(new_id())})
        wrong = [await reader.post("/library.zip", data=form) for form in ({}, {"ids": "x"}, {"filter": "type=movie"})]

    assert (many.status_code, large.status_code, strange.status_code) == (400, 400, 404)
    assert [answer.status_code for answer in wrong] == [400, 400, 422]


@given(st.text(max_size=120) | st.sampled_from(HOSTILE))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    piece = Piece(
        id=new_id(), name=name, extension="mp4", made_at=datetime(1970, 1, 1, tzinfo=UTC), row={"name": name},
        path=Path(__file__),
    )  # fmt: skip

    files = opened(b"".join(zipped.stream("home-assets", [piece])))

    for file in files:
        for path in (PurePosixPath(file), PureWindowsPath(file)):
            assert (path.parts[0], len(path.parts), path.is_absolute()) == ("home-assets", 2, False)
        assert not set(file) & set('\\:*?"<>|')
        assert file.isprintable()
        assert unicodedata.is_normalized("NFC", file)
        assert len(PurePosixPath(file).name.encode()) < 255
    assert [data for file, data in files.items() if file.endswith(".mp4")] == [Path(__file__).read_bytes()]


def test_what_goes_while_it_is_sent_is_named_as_lost(tmp_path: Path) -> None:
    piece = Piece(
        id=new_id(), name="x", extension="mp4", made_at=datetime(2026, 3, 1, tzinfo=UTC), row={"name": "x"},
        path=tmp_path / "gone",
    )  # fmt: skip

    files = opened(b"".join(zipped.stream("home-assets", [piece])))

    assert f"{piece.id},x,its bytes are lost" in files["home-assets/left-out.csv"].decode()
