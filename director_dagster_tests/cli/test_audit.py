"""The audit log as the command proves, lists and writes it."""

import getpass
import hashlib
import json
from pathlib import Path

import psycopg
import pytest

from director_dagster_tests.film.conftest import Home


@pytest.fixture
def home(database_url: str, tmp_path: Path) -> Home:
    """A home in which somebody has set two budgets."""
    home = Home(path=tmp_path / "home", database_url=database_url)
    home.data("budget", "set", "20")
    home.data("budget", "set", "30")
    return home


def test_the_log_is_proved_written_out_and_proved_again_without_a_database(home: Home, tmp_path: Path) -> None:
    file, nowhere = (
        tmp_path / "log.jsonl",
        Home(path=tmp_path / "elsewhere", database_url="postgresql://x:y@127.0.0.1:1/z"),
    )

    ((proved),) = home.data("audit", "verify")
    exported = home.run("audit", "export", str(file))
    listed = home.data("audit", "list")
    read = nowhere.data("audit", "verify", str(file), "--head", proved["head"])

    assert exported.returncode == 0, exported.stderr
    again = home.run("audit", "export", str(file))
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert f"{file} is there already, and is not written over" in again.stderr
    assert read == [proved]
    assert [(line["who"], line["what"]) for line in listed] == [
        (getpass.getuser(), "exported"),
        *[(getpass.getuser(), "budget set")] * 2,
    ]
    assert listed[0]["details"]["head"] == proved["head"]
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    spelled = [json.dumps(line["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False) for line in lines]
    assert [hashlib.sha256(each.encode()).hexdigest() for each in spelled] == [line["hash"] for line in lines]


def test_what_was_done_to_it_is_one_line_and_exit_code_1(home: Home, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    home.run("audit", "export", str(file))
    file.write_text(file.read_text().replace('"limit_microusd":30000000', '"limit_microusd":90000000'))
    with psycopg.connect(database_url) as server:
        server.execute("INSERT INTO workspaces (id, slug, name) VALUES (gen_random_uuid(), 'acme', 'acme')")
        server.execute("ALTER TABLE events DISABLE TRIGGER append_only")
        server.execute("DELETE FROM events WHERE seq = 1")

    of_file, of_all, of_other = (
        home.run("audit", "verify", *which) for which in ([str(file)], [], ["--workspace", "acme"])
    )

    assert (of_file.returncode, of_file.stderr.count("\n")) == (1, 1)
    assert "event 2 was changed" in of_file.stderr
    assert (of_all.returncode, of_all.stderr) == (
        1,
        "director: home: event 1 is missing: event 2 stands in its place\n",
    )
    assert of_all.stdout.split()[3:5] == ["acme", "0"], "the others are proved"
    assert of_other.returncode == 0, of_other.stderr


REFUSED = {
    "cannot be read: No such file": ["verify", "no-such-file"],
    "--head is of one log": ["verify", "--head", "1:x"],
    "there is no workspace 'nobody'": ["export", "log.jsonl", "--workspace", "nobody"],
    "cannot be used: No such file": ["export", "nowhere/log.jsonl"],
}


def test_what_cannot_be_is_told_in_one_line(database_url: str, tmp_path: Path) -> None:
    home = Home(path=tmp_path / "home", database_url=database_url)
    home.data("film", "list")

    refused = {told: home.run("audit", *arguments) for told, arguments in REFUSED.items()}

    assert {told: told in done.stderr for told, done in refused.items()} == dict.fromkeys(REFUSED, True)
    assert {(done.returncode, done.stderr.count("\n")) for done in refused.values()} == {(2, 1)}
