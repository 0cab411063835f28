"""`director assets`: add, delete, restore, hold and purge, as people and machines see them."""

import json
import subprocess
from pathlib import Path

import pytest

from director_dagster_tests.cli.test_commands import director


@pytest.mark.slow
def test_a_file_is_added_deleted_restored_held_and_purged(tmp_path: Path, empty_database_url: str) -> None:
    (tmp_path / "a.txt").write_text("Notes.\n")
    (tmp_path / "no.gif").write_bytes(b"GIF89a")

    def said(*words: str) -> "subprocess.CompletedProcess[str]":
        return director("assets", *words, home=tmp_path / "home", url=empty_database_url, cwd=tmp_path)

    some = said("add", "a.txt", "no.gif", "none.png", "--json")
    rows = [json.loads(line) for line in some.stdout.splitlines()]
    asset = rows[0]["asset"]
    read = director("scrub", "--deep", "--json", home=tmp_path / "home", url=empty_database_url)
    steps = [
        (said("add", "a.txt"), 0, f"a.txt: there already, asset {asset}"),
        (said("add", "no.gif"), 2, "director: no.gif: it is none of what is kept: PNG"),
        (said("used", asset), 0, f"asset {asset} is used nowhere"),
        (said("trash"), 0, "the trash is empty"),
        (said("hold", asset, "--reason", "case 7"), 0, f"a ({asset}) is held"),
        (said("delete", asset), 2, "(case 7), and stays where it is"),
        (said("hold", asset, "--release"), 0, "is released"),
        (said("delete", asset, "--reason", "old"), 0, "is in the trash"),
        (said("add", "a.txt"), 2, "it lies in the trash since"),
        (said("trash"), 0, "1 in the trash, 0.0 MB"),
        (said("purge", asset), 2, "an asset is purged for a reason"),
        (said("purge", asset, "--reason", "gone"), 2, "there is nobody to ask: say --yes. Nothing was purged"),
        (said("restore", asset), 0, "is back"),
        (
            said("purge", asset, "--reason", "gone", "--yes"),
            2,
            "is not in the trash: delete it first (`director assets delete",
        ),
        (said("delete", asset), 0, "is in the trash"),
        (said("purge", asset, "--reason", "gone", "--yes"), 0, "is purged"),
        (said("restore", asset), 2, "its bytes are gone for good; the same file can be added again"),
        (said("open", asset), 2, "was purged (gone): its bytes are gone for good"),
    ]
    shown = json.loads(said("show", asset, "--json").stdout)

    assert json.loads(read.stdout)["read_bytes"] >= len("Notes.\n"), "it reads all, however new it is"

    assert some.returncode == 2
    assert [(row["file"], row["new"], bool(row["refused"])) for row in rows] == [
        ("a.txt", True, False),
        ("no.gif", False, True),
        ("none.png", False, True),
    ]
    assert "2 of 3 files are refused, the first is no.gif; the others are kept" in some.stderr
    wrong = [(line, done.stderr) for done, code, line in steps if done.returncode != code or line not in done.stderr]
    assert wrong == []
    assert (shown["purge_reason"], shown["deleted_at"] is not None, shown["digest"] is not None) == ("gone", True, True)
