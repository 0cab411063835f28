"""The command: what it says to people, to machines, and to those who ask for what cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from director_dagster.cli import COMMANDS
from director_dagster.settings import Env


def director(*arguments: str, home: Path, url: str = "", cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    ours = {Env.HOME.value: str(home), Env.DATABASE_URL.value: url}
    environment = {**os.environ, **ours}  # noqa: TID251 (a child process needs all of it)
    command = [sys.executable, "-m", "director_dagster.cli", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_help_names_every_command(tmp_path: Path) -> None:
    said = director("--help", home=tmp_path)

    assert said.returncode == 0
    assert all(f"  {name} " in said.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name: str, tmp_path: Path) -> None:
    said = director(name, "--help", home=tmp_path)

    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("Usage:")


@pytest.mark.slow
def test_films_assets_costs_and_the_database_are_told_to_people_and_to_machines(
    tmp_path: Path, empty_database_url: str
) -> None:
    for arguments in (["film", "list"], ["assets", "list"], ["costs"], ["db", "migrate"], ["db", "url"], ["doctor"]):
        people = director(*arguments, home=tmp_path, url=empty_database_url)
        machines = director(*arguments, "--json", home=tmp_path, url=empty_database_url)

        assert (people.returncode, machines.returncode) == (0, 0), people.stderr + machines.stderr
        assert all(isinstance(json.loads(line), dict) for line in machines.stdout.splitlines())


def test_psql_speaks_to_the_same_database(tmp_path: Path, empty_database_url: str) -> None:
    said = director("db", "psql", "-Atc", "SELECT count(*) FROM assets", home=tmp_path, url=empty_database_url)

    assert said.stdout == "0\n", said.stderr


@pytest.mark.slow
def test_what_is_not_there_is_said_in_one_line(tmp_path: Path, empty_database_url: str) -> None:
    film = director("film", "show", "no-such-film", home=tmp_path, url=empty_database_url)
    asset = director("assets", "show", "01a20731-8c2d-7003-b4e4-cff2e5c836e2", home=tmp_path, url=empty_database_url)

    for refused in (film, asset):
        assert refused.returncode == 2
        assert len(refused.stderr.strip().splitlines()) == 1
        assert "Traceback" not in refused.stderr


def test_a_home_that_a_shell_and_an_env_file_would_read_differently_is_refused(tmp_path: Path) -> None:
    refused = director("env", home=tmp_path / "it's here")

    assert refused.returncode == 2
    assert refused.stderr.strip().splitlines() == [
        "director: DIRECTOR_HOME: shells and .env files read a quote, a backslash or a line break differently"
    ]


def test_env_starts_nothing_and_names_no_embedded_database(tmp_path: Path) -> None:
    said = director("env", home=tmp_path / "a home")

    home = tmp_path / "a home"
    waits = "export DAGSTER_BACKFILL_RETRY_DEFINITION_CHANGED_ERROR='1'\n"
    assert said.stdout == f"export DIRECTOR_HOME='{home}'\nexport DAGSTER_HOME='{home}/dagster'\n{waits}"
    assert [path.name for path in home.iterdir()] == ["dagster"]


def test_a_database_that_does_not_run_is_one_line_that_says_how_to_start_it(tmp_path: Path) -> None:
    said = director("db", "status", home=tmp_path)

    assert said.returncode == 2
    assert said.stderr == (f"director: the Postgres of {tmp_path} is not running: start it with `director db start`\n")


@pytest.mark.slow
def test_copies_are_made_shown_and_scrubbed_and_what_is_no_store_is_one_line(
    tmp_path: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return director(*arguments, home=tmp_path / "home", url=empty_database_url)

    nowhere = said("copies", "make")
    monkeypatch.setenv(Env.COPIES, str(tmp_path / "second"))
    rows = [json.loads(said(*words, "--json").stdout.splitlines()[-1]) for words in (["copies", "make"], ["scrub"])]
    monkeypatch.setenv(Env.MIN_COPIES, "7")
    too_many = said("copies", "show")

    assert nowhere.returncode == too_many.returncode == 2
    assert nowhere.stderr == (
        "director: no store of copies is named: set DIRECTOR_COPIES to folders or s3://bucket/prefix\n"
    )
    assert "'7' copies cannot be had of 2 stores" in too_many.stderr
    assert [row["store"] for row in rows] == [str(tmp_path / "second")] * 2
