"""`director token` and `director db psql --workspace`, as people and machines see them."""

import json
import subprocess
from pathlib import Path

import pytest

from director_dagster_tests.cli.test_commands import director

pytestmark = pytest.mark.slow


def test_a_token_is_told_once_listed_without_it_and_revoked(tmp_path: Path, empty_database_url: str) -> None:
    def said(*words: str) -> "subprocess.CompletedProcess[str]":
        return director("token", *words, home=tmp_path, url=empty_database_url)

    nobody = said("list")
    added = said("add", "Mara", "--role", "producer")
    again = said("add", "Mara")
    listed = said("list", "--json")
    revoked = said("revoke", "Mara")
    twice = said("revoke", "Mara")
    unseen = said("add", "a\u0007b")

    token = added.stdout.strip()
    assert token.startswith("director_")
    assert len(token) > 40
    assert "nobody yet" in nobody.stderr
    assert "shown once" in added.stderr
    assert (again.returncode, "is a member already" in again.stderr) == (2, True)
    assert json.loads(listed.stdout)["role"] == "producer"
    assert token not in listed.stdout
    assert (revoked.returncode, twice.returncode) == (0, 2)
    assert "letters that can be seen" in unseen.stderr


def test_psql_says_which_workspace_it_speaks_for_and_shows_no_other(tmp_path: Path, empty_database_url: str) -> None:
    def said(*words: str) -> "subprocess.CompletedProcess[str]":
        return director(
            "db", "psql", *words, "-Atc", "SELECT slug FROM workspaces", home=tmp_path, url=empty_database_url
        )

    director("token", "list", home=tmp_path, url=empty_database_url)
    director(
        "db", "psql", "-c", "INSERT INTO workspaces (id, slug, name) VALUES (gen_random_uuid(), 'other', 'other')",
        home=tmp_path, url=empty_database_url,
    )  # fmt: skip
    every = said()
    one = said("--workspace", "other")
    none = said("--workspace", "nowhere")

    assert ("all workspaces" in every.stderr, sorted(every.stdout.split())) == (True, ["home", "other"])
    assert ("the workspace other alone" in one.stderr, one.stdout.split()) == (True, ["other"])
    assert (none.returncode, "there is no workspace" in none.stderr) == (2, True)
