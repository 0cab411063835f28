"""Strange bags: damaged, incomplete and hostile ones are refused in one line, and nothing is written of them."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from director_dagster.errors import BadInput
from director_dagster.studio.importing import bring
from director_dagster.vault.bag import prove
from director_dagster_tests.studio.conftest import Opened
from director_dagster_tests.studio.worlds import Made, dump

Harm = Callable[[Path], object]


def seal(bag: Path) -> None:
    """Make the manifests true again, as whoever means harm would."""
    payload = sorted(file for file in (bag / "data").rglob("*") if file.is_file())
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(bag).as_posix()}" for file in payload]
    (bag / "manifest-sha256.txt").write_text("".join(f"{line}\n" for line in lines))
    size = sum(file.stat().st_size for file in payload)
    info = (bag / "bag-info.txt").read_text().splitlines()
    told = [line for line in info if not line.startswith("Payload-Oxum")]
    (bag / "bag-info.txt").write_text("\n".join([*told, f"Payload-Oxum: {size}.{len(payload)}", ""]))
    seal_tags(bag)


def seal_tags(bag: Path) -> None:
    names = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
    lines = [f"{hashlib.sha256((bag / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (bag / "tagmanifest-sha256.txt").write_text("".join(lines))


def a_blob(bag: Path) -> Path:
    return min(file for file in (bag / "data/sha256").rglob("*") if file.is_file())


def append(name: str, line: str) -> Harm:
    def harm(bag: Path) -> None:
        with (bag / name).open("a") as file:
            file.write(line)
        seal_tags(bag)

    return harm


def replace_text(name: str, old: str, new: str) -> Harm:
    def harm(bag: Path) -> None:
        text = (bag / name).read_text()
        assert old in text
        (bag / name).write_text(text.replace(old, new))
        seal_tags(bag)

    return harm


def link(bag: Path) -> None:
    blob = a_blob(bag)
    shutil.copy(blob, bag.parent / "outside")
    blob.unlink()
    blob.symlink_to(bag.parent / "outside")


def folder_link(bag: Path) -> None:
    (bag / "data/sidecars").rename(bag.parent / "outside")
    (bag / "data/sidecars").symlink_to(bag.parent / "outside")


def other_blob(bag: Path) -> None:
    blob = a_blob(bag)
    blob.write_bytes(b"other bytes")
    seal(bag)


def one_more(bag: Path) -> None:
    (bag / "data/sha256/00").mkdir(exist_ok=True)
    (bag / "data/sha256/00" / ("0" * 64)).write_text("x")


HARMS: dict[str, Harm] = {
    "there is no bag; one has a file bagit.txt": lambda bag: (bag / "bagit.txt").unlink(),
    "the bag is incomplete: bag-info.txt is missing": lambda bag: (bag / "bag-info.txt").unlink(),
    "the bag is incomplete: manifest-sha256.txt is missing": lambda bag: (bag / "manifest-sha256.txt").unlink(),
    "the bag is incomplete: tagmanifest-sha256.txt is missing": lambda bag: (bag / "tagmanifest-sha256.txt").unlink(),
    "the bag is incomplete: data/sha256/": lambda bag: a_blob(bag).unlink(),
    "is in no manifest (1 files in all)": one_more,
    "fetch.txt has no place in a bag": lambda bag: (bag / "fetch.txt").write_text("https://x/ 1 data/x\n"),
    "data/.hidden has no place in a bag": lambda bag: (bag / "data/.hidden").write_text(""),
    "is a link, or no file; there are none in a bag": link,
    "data/sidecars is a link, or no file": folder_link,
    "data/pipe is a link, or no file": lambda bag: os.mkfifo(bag / "data/pipe"),
    "names no file of a bag of `director export`: " + "0" * 64 + " data/../../../etc/passwd": append(
        "manifest-sha256.txt", "0" * 64 + "  data/../../../etc/passwd\n"
    ),
    "names no file of a bag of `director export`: " + "1" * 64 + " /etc/passwd": append(
        "manifest-sha256.txt", "1" * 64 + "  /etc/passwd\n"
    ),
    "names no file of a bag of `director export`: " + "2" * 64 + " ~/.bashrc": append(
        "manifest-sha256.txt", "2" * 64 + "  ~/.bashrc\n"
    ),
    "data/lost.jsonl is named twice": append("manifest-sha256.txt", "3" * 64 + "  data/lost.jsonl\n"),
    "names no file of a bag of `director export`: nonsense": append("manifest-sha256.txt", "nonsense\n"),
    "names no file of a bag of `director export`: " + "4" * 64 + " data/x%0Ay": append(
        "manifest-sha256.txt", "4" * 64 + "  data/x%0Ay\n"
    ),
    "Payload-Oxum is 1.1, and there are": replace_text("bag-info.txt", "Payload-Oxum: ", "Payload-Oxum: 1.1\nWas: "),
    "bagit.txt declares no BagIt-Version 1.0 in UTF-8": replace_text("bagit.txt", "UTF-8", "UTF-16"),
    "is damaged: it is not what the manifest says": lambda bag: a_blob(bag).write_bytes(
        a_blob(bag).read_bytes()[:-1] + b"?"
    ),
    "has another digest than its name says": other_blob,
    "it is no UTF-8 text": lambda bag: (bag / "bag-info.txt").write_bytes(b"\xff"),
}


@pytest.mark.parametrize("line", HARMS)
def test_a_bag_that_is_not_whole_or_means_harm_is_not_proved(line: str, world: Made, tmp_path: Path) -> None:
    bag = copied(world, tmp_path)
    HARMS[line](bag)

    with pytest.raises(BadInput) as said:
        prove(bag)

    assert line in str(said.value)
    assert str(said.value).isprintable()


def copied(world: Made, tmp_path: Path) -> Path:
    return shutil.copytree(world.bags / "a-film", tmp_path / "bags" / "bag", symlinks=True)


async def refused(there: Opened, bag: Path, line: str) -> None:
    before = await dump(there[0].catalog)

    with pytest.raises(BadInput) as said:
        await bring(there[0], bag)

    assert line in str(said.value)
    assert str(said.value).isprintable()
    assert await dump(there[0].catalog) == before
    assert await there[0].vault.sizes() == {}
    assert await there[0].vault.sidecars() == {}


def change(table: str, **values: Any) -> Harm:
    """Change the last row of a table, and make the manifests true."""

    def harm(bag: Path) -> None:
        file = bag / "data/rows" / f"{table}.jsonl"
        *others, last = file.read_text().splitlines()
        file.write_text("\n".join([*others, json.dumps({**json.loads(last), **values}), ""]))
        seal(bag)

    return harm


def rows_as(table: str, text: str) -> Harm:
    def harm(bag: Path) -> None:
        (bag / "data/rows" / f"{table}.jsonl").write_text(text)
        seal(bag)

    return harm


def without_a_blob(bag: Path) -> None:
    a_blob(bag).unlink()
    seal(bag)


def with_a_strange_blob(bag: Path) -> None:
    digest = hashlib.sha256(b"strange").hexdigest()
    (bag / "data/sha256" / digest[:2]).mkdir(exist_ok=True)
    (bag / "data/sha256" / digest[:2] / digest).write_bytes(b"strange")
    seal(bag)


STRANGER = "01a20731-8c2d-7003-b4e4-cff2e5c836e2"
LIES: dict[str, Harm] = {
    "bytes in": lambda bag: a_blob(bag).write_bytes(b"?"),
    "Director-Bag is 2": replace_text("bag-info.txt", "Director-Bag: 1", "Director-Bag: 2"),
    "is of another workspace than the bag": change("assets", workspace_id=STRANGER),
    "it must hold the row of one workspace": change("workspaces", id=STRANGER),
    "assets has no 'colour': it was written by a newer program": change("assets", colour="red"),
    "assets: a row's id is 'x'": change("assets", id="x"),
    "assets: a row cannot be read: ": change("assets", name="a\x00b"),
    "takes: a row cannot be read: ": change("takes", number="many"),
    'violates check constraint "ck_assets_url"': change("assets", url="https://evil.example/x.mp4"),
    "violates foreign key constraint": change("takes", asset_id=STRANGER),
    "is not present in table": change("asset_sources", source_id=STRANGER),
    "rows/films.jsonl, line 1: it is no JSON": rows_as("films", "{"),
    "rows/films.jsonl, line 1: it is no row": rows_as("films", "[]\n"),
    "rows/takes.jsonl, line 1: it is no JSON": rows_as("takes", "[" * 100_000 + "\n"),
    "a row's reserved_microusd is 'lots'": change(
        "generations", state="queued", settled_at=None, reserved_microusd="lots"
    ),
    "is neither in the bag nor told to be lost": without_a_blob,
    "is in the bag, and no row knows it": with_a_strange_blob,
}


@pytest.mark.parametrize("line", LIES)
async def test_a_bag_whose_rows_lie_is_refused_before_anything_is_written(
    line: str, world: Made, there: Opened, tmp_path: Path
) -> None:
    bag = copied(world, tmp_path)
    LIES[line](bag)

    await refused(there, bag, line)


@pytest.mark.parametrize("lie", [{"who": "somebody else"}, {"microusd": 7}, {"at": "2026-01-01T00:00:00+00:00"}])
async def test_a_log_that_was_smoothed_over_is_refused(
    lie: dict[str, object], world: Made, there: Opened, tmp_path: Path
) -> None:
    bag = shutil.copytree(world.bags / "home", tmp_path / "bags" / "bag", symlinks=True)
    change("events", **lie)(bag)

    await refused(there, bag, "of the log is not what was written")


async def test_an_event_of_no_time_is_refused(world: Made, there: Opened, tmp_path: Path) -> None:
    bag = shutil.copytree(world.bags / "home", tmp_path / "bags" / "bag", symlinks=True)
    change("events", at="yesterday")(bag)

    await refused(there, bag, "of the log cannot be read")


async def test_a_bag_of_an_older_program_lacks_a_column_and_is_taken(
    world: Made, there: Opened, tmp_path: Path
) -> None:
    bag = copied(world, tmp_path)
    file = bag / "data/rows/assets.jsonl"
    older = [
        {name: value for name, value in json.loads(line).items() if name != "stands_for"}
        for line in file.read_text().splitlines()
    ]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in older))
    seal(bag)

    await bring(there[0], bag)
    again = await bring(there[0], bag)

    assert len((await dump(there[0].catalog))["assets"]) == len(older)
    assert again.new.total() == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_flipped_bit_and_no_lost_byte_goes_unseen(data: st.DataObject, world: Made) -> None:
    bag = world.bags / "a-film"
    names = sorted(file.relative_to(bag).as_posix() for file in bag.rglob("*") if file.is_file())
    file = bag / data.draw(st.sampled_from([name for name in names if name != "tagmanifest-sha256.txt"]))
    before = file.read_bytes()
    if not before:
        return
    at, bit = data.draw(st.integers(0, len(before) - 1)), data.draw(st.integers(0, 7))
    flipped = bytes([*before[:at], before[at] ^ (1 << bit), *before[at + 1 :]])
    for harmed in (flipped, before[:at]):
        file.write_bytes(harmed)
        try:
            with pytest.raises(BadInput):
                prove(bag)
        finally:
            file.write_bytes(before)
    assert prove(bag).names
