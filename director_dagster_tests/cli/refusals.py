"""How a command refuses: in one line, and nothing is written."""

import subprocess

import psycopg

TABLES = ("workspaces", "films", "assets", "blobs", "takes", "generations", "events")


def assert_one_line(said: "subprocess.CompletedProcess[str]", line: str, *, code: int = 2) -> None:
    """It said `line`, and only that, to people: nothing to machines, nothing that steers a terminal."""
    assert said.returncode == code, said.stderr
    assert said.stderr.startswith("director: ")
    assert line in said.stderr
    assert said.stderr.removesuffix("\n").isprintable()
    assert said.stdout == ""


def told(url: str, statement: str) -> str:
    """The first value that a statement answers, if any."""
    with psycopg.connect(url) as server:
        asked = server.execute(statement.encode())
        row = asked.fetchone() if asked.description else None
        return str(row[0]) if row else ""


def counts(url: str) -> dict[str, int]:
    """How many rows each table has."""
    return {table: int(told(url, f"SELECT count(*) FROM {table}")) for table in TABLES}  # noqa: S608 (names of ours)
