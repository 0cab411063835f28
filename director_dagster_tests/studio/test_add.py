"""Files of one's own become assets once each; what is strange is refused in one line and keeps no other out."""

import asyncio
import os
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select

from director_dagster.catalog.queries import blobs, events, films
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput
from director_dagster.media import sniff
from director_dagster.media.inspect import IMAGES
from director_dagster.media.workers import Workers
from director_dagster.story.rights import rights
from director_dagster.studio import add as adding
from director_dagster.studio.add import Added, Wish, add
from director_dagster.studio.preserve import look
from director_dagster.studio.studio import Studio
from director_dagster.studio.trash import delete, purge
from director_dagster_tests.media.clips import clip
from director_dagster_tests.studio.bench import open_bench

KEPT = {
    "a.png": ("image", "other", "image/png"),
    "a.jpg": ("image", "other", "image/jpeg"),
    "a.webp": ("image", "other", "image/webp"),
    "a.mp4": ("video", "other", "video/mp4"),
    "a.wav": ("audio", "other", "audio/wav"),
    "a.fountain": ("script", "script", "text/vnd.fountain"),
    "a.srt": ("text", "subtitle", "application/x-subrip"),
    "a.vtt": ("text", "subtitle", "text/vtt"),
    "a.TXT": ("text", "other", "text/plain"),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of each kind that is kept."""
    folder = tmp_path_factory.mktemp("good")
    for name, colour in (("a.png", "teal"), ("a.jpg", "red"), ("a.webp", "blue")):
        Image.new("RGB", (96, 64), colour).save(folder / name)
    clip(folder / "a.mp4", 12)
    with wave.open(str(folder / "a.wav"), "wb") as sound:
        sound.setparams((1, 2, 48_000, 0, "NONE", ""))
        sound.writeframes(bytes(9_600))
    (folder / "a.fountain").write_text("INT. ROOM - DAY\n\nMARA\nHere I am.\n")
    (folder / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello.\n")
    (folder / "a.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n")
    (folder / "a.TXT").write_text("Notes.\n")
    return folder


@pytest.fixture
async def studio(database_url: str, tmp_path: Path, workers: Workers) -> AsyncIterator[Studio]:
    opened, _ = open_bench(database_url, tmp_path / "home")
    yield replace(opened, workers=workers)
    await opened.aclose()


@pytest.fixture
async def home(studio: Studio) -> UUID:
    """The workspace ``home``."""
    async with studio.catalog.session() as db:
        return (await films.workspace(db, "home")).id


async def added(studio: Studio, home: UUID, *files: Path, wish: Wish | None = None) -> Sequence[Added]:
    return [each async for each in add(studio, home, files, wish or Wish())]


async def refused(studio: Studio, home: UUID, file: Path) -> str:
    (each,) = await added(studio, home, file)
    assert each.asset is None
    return each.refused


async def count(studio: Studio) -> int:
    async with studio.catalog.session() as db:
        return await db.scalar(select(func.count()).select_from(Asset)) or 0


async def test_a_folder_of_files_becomes_assets_and_a_second_time_they_are_there_already(
    studio: Studio, home: UUID, good: Path
) -> None:
    first = await added(studio, home, good)
    again = await added(studio, home, good, good / "a.png")

    assert sorted(each.file.name for each in first) == sorted(KEPT)
    assert all(each.new and not each.refused for each in first)
    assert [each.new for each in again] == [False] * (len(KEPT) + 1)
    assert await count(studio) == len(KEPT)
    for each in first:
        assert each.asset is not None
        async with studio.catalog.session() as db:
            blob = await blobs.get(db, each.asset.digest or "")
        assert blob is not None
        assert (each.asset.type, each.asset.kind, blob.media_type) == KEPT[each.file.name]
        assert await studio.vault.read(each.asset.url or "") == each.file.read_bytes()
        assert (each.asset.source, each.asset.name, each.asset.cost_microusd) == ("upload", "a", 0)
    async with studio.catalog.session() as db:
        told = [event.what for event in await events.listed(db, home, limit=100)]
    assert told == ["added"] * len(KEPT)
    assert not list((studio.vault.root / "staging").iterdir()), "nothing is left lying"


async def test_what_is_said_of_a_file_stands_on_its_asset_and_a_second_word_is_added(
    studio: Studio, home: UUID, good: Path
) -> None:
    wish = Wish(source="import", name="The door", kind="location", tags=("set", "day"), rights=rights("CC-BY-NC-4.0"))
    (first,) = await added(studio, home, good / "a.png", wish=wish)
    (again,) = await added(studio, home, good / "a.png", wish=Wish(tags=("night",), rights=rights("CC0-1.0")))

    assert first.asset is not None
    assert again.asset is not None
    assert (first.asset.name, first.asset.kind, first.asset.source) == ("The door", "location", "import")
    assert {"set", "day"} <= set(first.asset.tags)
    assert (again.asset.id, again.asset.licence, again.asset.commercial) == (first.asset.id, "CC0-1.0", True)
    assert {"set", "day", "night"} <= set(again.asset.tags)


@pytest.mark.parametrize(
    ("wish", "line"),
    [
        (Wish(name=" "), "is no name"),
        (Wish(name="x" * 201), "is no name: up to 200 letters on one line"),
        (Wish(name="a\nb"), "is no name"),
        (Wish(tags=("half \udcff",)), "is no tag: up to 60 letters"),
        (Wish(tags=("a \u202egnp",)), "it turns the direction of what is written after it"),
        (Wish(tags=("x",) * 51), "51 tags: up to 50 are kept"),
        (Wish(name="one"), "one name for 9 files"),
    ],
)
async def test_a_wish_that_cannot_be_is_refused_with_nothing_added(
    studio: Studio, home: UUID, good: Path, wish: Wish, line: str
) -> None:
    with pytest.raises(BadInput, match=line):
        await added(studio, home, good, wish=wish)

    assert await count(studio) == 0


def _cut(name: str, share: float) -> Callable[[Path, Path], object]:
    def made(good: Path, file: Path) -> object:
        data = (good / name).read_bytes()
        return file.write_bytes(data[: int(len(data) * share)])

    return made


def _bytes(data: bytes) -> Callable[[Path, Path], object]:
    return lambda _, file: file.write_bytes(data)


STRANGE: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "cut.png": ("an image that cannot be read", _cut("a.png", 0.7)),
    "cut.jpg": ("an image that cannot be read", _cut("a.jpg", 0.9)),
    "cut.mp4": ("", _cut("a.mp4", 0.8)),
    "cut.wav": ("samples are there", _cut("a.wav", 0.5)),
    "empty.png": ("it is empty", _bytes(b"")),
    "text.png": ("it is none of what is kept: PNG", _bytes(b"hello")),
    "list.mp4": ("it is none of what is kept", _bytes(b"#EXTM3U\nfile:///etc/passwd\n")),
    "ffconcat.mp4": ("it is none of what is kept", _bytes(b"ffconcat version 1.0\nfile '/etc/passwd'\n")),
    "vector.svg": ("it is none of what is kept", _bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")),
    "box.mp4": ("", _bytes(b"\0\0\0\x18ftypisom" + bytes(range(256)))),
    "quicktime.mov": ("it is none of what is kept", _bytes(b"\0\0\0\x14ftypqt  " + bytes(64))),
    "adts.mp3": ("", _bytes(b"\xff\xf1\x50\x80" + bytes(2000))),
    "latin.txt": ("it is no UTF-8", _bytes("Ü".encode("latin-1"))),
    "nul.txt": ("it holds the control character U+0000: no text", _bytes(b"a\0b")),
    "steers.fountain": ("it holds the control character U+001B", _bytes(b"INT. \x1b[31mROOM - DAY\n")),
    "long.txt": ("1,000,001 bytes; of text/plain up to 1,000,000 are taken", _bytes(b"x" * 1_000_001)),
    "headless.vtt": ("has no WEBVTT", _bytes(b"00:00.000 --> 00:01.000\nHello.\n")),
    "cueless.srt": ("has no -->", _bytes(b"Hello.\n")),
    "pipe.png": ("a pipe, a device or a socket", lambda _, file: os.mkfifo(file)),
    "device.png": ("a pipe, a device or a socket", lambda _, file: file.symlink_to("/dev/zero")),
    "nowhere.png": ("there is no such file", lambda _, file: file.symlink_to("nowhere")),
    "loop.png": ("it cannot be read: Too many levels", lambda _, file: file.symlink_to(file)),
    "nul\0.png": ("it cannot be read", lambda *_: None),
    "x" * 300: ("it cannot be read: File name too long", lambda *_: None),
    "wide.png": ("9000x2 px; at most 8192 a side", lambda _, file: Image.new("1", (9000, 2)).save(file)),
    "bomb.png": ("too large a picture", lambda _, file: Image.new("1", (16_000, 16_000)).save(file)),
}


async def test_what_is_none_or_not_whole_is_refused_in_one_line_and_nothing_of_it_is_kept(
    studio: Studio, home: UUID, good: Path, tmp_path: Path
) -> None:
    wrong = {}
    for name, (line, make) in STRANGE.items():
        file = tmp_path / name
        make(good, file)
        said = await refused(studio, home, file)
        if line not in said or not said or not said.isprintable():
            wrong[name] = said

    assert wrong == {}
    assert await count(studio) == 0
    assert not (studio.vault.root / "sha256").exists()
    assert not list((studio.vault.root / "staging").iterdir())


async def test_in_a_folder_links_are_refused_hidden_files_passed_over_and_the_good_ones_kept(
    studio: Studio, home: UUID, good: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    (folder / ".hidden").write_text("x")
    (folder / "deeper" / "a.png").write_bytes((good / "a.png").read_bytes())
    (folder / "link.png").symlink_to(good / "a.jpg")
    (folder / "round").symlink_to(folder)
    (folder / "no.gif").write_bytes(b"GIF89a")

    told = {each.file.name: each.refused for each in await added(studio, home, folder)}

    assert sorted(told) == ["a.png", "link.png", "no.gif", "round"]
    assert told["a.png"] == ""
    assert told["link.png"] == told["round"] == "it is a symbolic link; name the file that it leads to"
    assert "it is none of what is kept" in told["no.gif"]
    assert await count(studio) == 1


HOSTILE = [b"-i.png", b"concat:a|b.png", b"..png", b"bad\xff\x1b[31m.png", b"CON.png", b"\xe2\x80\xaea.png"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_a_name_and_no_more(
    studio: Studio, home: UUID, good: Path, tmp_path: Path, name: bytes
) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    file.write_bytes((good / "a.png").read_bytes())

    (each,) = await added(studio, home, file)

    assert each.asset is not None
    assert each.asset.name.isprintable()
    assert str(each.asset.generation_metadata["file"]).isprintable()
    kept = await studio.vault.sidecar(str(home), str(each.asset.id))
    assert kept["asset_id"] == str(each.asset.id)


async def test_a_link_that_is_named_is_followed(studio: Studio, home: UUID, good: Path, tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(good / "a.png")

    (each,) = await added(studio, home, tmp_path / "link.png")

    assert each.new


async def test_a_file_that_grows_while_it_is_read_is_refused(
    studio: Studio, home: UUID, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes((good / "a.png").read_bytes())
    copy = adding._copy

    def growing(*args: object) -> int:
        with file.open("ab") as more:
            more.write(b"more")
        return copy(*args)  # type: ignore[arg-type]  # whatever they are

    monkeypatch.setattr(adding, "_copy", growing)

    assert "it was written to while it was read" in await refused(studio, home, file)


async def test_what_is_read_for_too_long_is_given_up(
    studio: Studio, home: UUID, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "PROVE_S", 0.0)

    assert "could not be read to its end in 0 minutes" in await refused(studio, home, good / "a.png")
    assert await count(studio) == 0


async def test_two_at_one_moment_are_one_asset(studio: Studio, home: UUID, good: Path) -> None:
    both = await asyncio.gather(*(added(studio, home, good / "a.png") for _ in range(2)))

    assert sorted(each.new for (each,) in both) == [False, True]
    assert await count(studio) == 1


async def test_what_lies_in_the_trash_is_said_and_what_is_purged_or_lost_is_there_again(
    studio: Studio, home: UUID, good: Path
) -> None:
    (first,) = await added(studio, home, good / "a.png")
    assert first.asset is not None
    studio.vault.locate(first.asset.digest or "").unlink()
    await look(studio)
    (found,) = await added(studio, home, good / "a.png")
    await delete(studio, home, [first.asset.id])
    said = await refused(studio, home, good / "a.png")
    await purge(studio, home, [first.asset.id], reason="gone")
    (anew,) = await added(studio, home, good / "a.png")

    assert (found.new, found.back, found.asset and found.asset.lost_at) == (False, True, None)
    assert "it lies in the trash since" in said
    assert f"restore it there, or by `director assets restore {first.asset.id}`" in said
    assert anew.new
    assert anew.asset is not None
    assert anew.asset.id != first.asset.id
    assert await studio.vault.read(anew.asset.url or "") == (good / "a.png").read_bytes()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.binary(max_size=16),
    suffix=st.sampled_from(["", ".png", ".mp4", ".txt", ".TXT", ".srt", ".mp3", "..", ".x"]),
)
def test_whatever_a_file_begins_with_it_is_of_one_kind_or_none(start: bytes, suffix: str) -> None:
    found = sniff.media_type_of(start, suffix)

    assert found is None or found in {*sniff.TEXTS.values(), *sniff.CONTAINERS, *IMAGES}
    if found in sniff.TEXTS.values():
        assert sniff.TEXTS[suffix.lower()] == found
