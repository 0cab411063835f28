"""Tests of files that people bring: what is kept becomes an asset, whatever it is called; else it is told in a line."""

import pytest

from director_dagster.library.uploads import seen_name
from director_dagster_tests.library.conftest import HERE, OUTSIDE, Shelf, picture

HOSTILE = {
    "../../etc/passwd.png": "passwd.png",
    "C:\\temp\\cat.png": "cat.png",
    "<img src=x onerror=alert(1)>.png": "<img src=x onerror=alert(1)>.png",
    "a\x00b\r\n.png": "ab.png",
    ".png": "png",
    "": "a file",
    "say %22hi%22.txt": 'say "hi".txt',
    "two%0D%0Alines.txt": "twolines.txt",
    "100%.txt": "100%.txt",
    "x" * 5000 + ".png": "x" * 200,
    "\u202egnp.exe": "gnp.exe",
    "猫🦊.png": "猫🦊.png",
    "👩\u200d🚀.png": "👩\u200d🚀.png",
}


async def test_each_file_is_an_asset_once_and_what_is_none_keeps_no_other_out(shelf: Shelf) -> None:
    files = [("files", ("cat.png", picture())), ("files", ("cat.exe", b"MZ")), ("files", ("again.png", picture()))]
    files.append(("files", ("half.png", picture()[:20])))

    async with shelf.reader(origin=HERE) as reader:
        answer = await reader.post("/api/v1/uploads", files=files, data={"tag": ["mine"], "kind": "frame"})
        listed = (await reader.get("/api/v1/assets?tag=mine")).json()["items"]
        page = (await reader.get(f"/assets/{listed[0]['id']}")).text

    told = answer.json()
    assert [(each["file"], each["new"], bool(each["refused"])) for each in told] == [
        ("cat.png", True, False),
        ("cat.exe", False, True),
        ("again.png", False, False),
        ("half.png", False, True),
    ]
    assert told[0]["asset"] == told[2]["asset"] == listed[0]["id"]
    assert (listed[0]["name"], listed[0]["kind"], listed[0]["source"]) == ("cat", "frame", "upload")
    assert "<dt>file</dt><dd>cat.png</dd>" in page
    assert "none of what is kept" in told[1]["refused"]
    assert "declared image/png, and it is not" in told[3]["refused"]
    assert str(shelf.library.vault.root) not in answer.text


@pytest.mark.parametrize("said", HOSTILE)
def test_a_name_is_what_people_see_of_it(said: str) -> None:
    assert seen_name(said) == HOSTILE[said]


async def test_who_only_looks_adds_nothing_and_what_is_too_large_is_refused(outside: Shelf) -> None:
    viewer, artist = await outside.token("Ben", "viewer"), await outside.token("Mara", "artist")
    file = {"files": ("cat.png", picture())}

    async with outside.reader(authorization=f"Bearer {viewer}", origin=OUTSIDE) as reader:
        refused = await reader.post("/api/v1/uploads", files=file)
    async with outside.reader(authorization=f"Bearer {artist}", origin=OUTSIDE) as reader:
        large = await reader.post("/api/v1/uploads", files=file, headers={"content-length": str(3 << 30)})
        none = await reader.post("/api/v1/uploads")
        page = await reader.post("/new-film", data={"screenplay": "x" * 21_000_000})
        kept = await reader.post("/api/v1/uploads", files=file)

    assert [each.status_code for each in (refused, large, none, page, kept)] == [403, 413, 422, 413, 200]
