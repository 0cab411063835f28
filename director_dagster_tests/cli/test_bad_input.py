"""Bad input through the command: one line, exit code 2 (1 once work was begun), no password, and nothing lost."""

import socket
from pathlib import Path

import pytest

from director_dagster.catalog.session import head
from director_dagster_tests.cli.refusals import TABLES, assert_one_line, counts, told
from director_dagster_tests.cli.test_commands import director

PAGE = "INT. ROOM - DAY\n\nMARA\nHere I am.\n"
ID = "01a20731-8c2d-7003-b4e4-cff2e5c836e2"
NOWHERE = "postgresql://director:hunter2@127.0.0.1:1/none"
NEWER = "UPDATE catalog_revision SET version_num = '9999'"

# What is said, of which file with which bytes (None: there is none), with which arguments.
REFUSED_BEFORE_ALL: dict[str, tuple[bytes | None, list[str]]] = {
    "there is no such file": (None, ["a.fountain"]),
    "it is no file": (None, ["."]),
    "cannot be read: [Errno 36]": (None, ["x" * 300]),
    "is empty": (b" \n", ["a.fountain"]),
    "no UTF-8 text (byte 0)": (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", ["a.fountain"]),
    "no UTF-8 text (byte 5)": ("INT. Ü - DAY".encode("latin-1"), ["a.fountain"]),
    "1,000,001 bytes; up to 1,000,000 are read": (b"x" * 1_000_001, ["a.fountain"]),
    "holds the control character U+0000 (line 3)": (b"INT. ROOM - DAY\n\n\x00 happens.\n", ["a.fountain"]),
    "holds the control character U+001B (line 1)": (b"INT. \x1b[31mROOM - DAY\n", ["a.fountain"]),
    "a has no scene": (b"= Once upon a time.\n", ["a.fountain"]),
    "the idea is empty": (None, ["--idea", "  ", "--film", "nothing"]),
    "the idea has 2001 letters": (None, ["--idea", "x" * 2001]),
    "the idea holds the control character U+0007": (None, ["--idea", "a\x07b"]),
    "the idea holds bytes that are no UTF-8": (None, ["--idea", "a\udcffb"]),
    "name one of them": (PAGE.encode(), ["a.fountain", "--idea", "a fox"]),
    "no film can be named after '...'": (None, ["--idea", "..."]),
    "no film can be named after '\\x1b\\u202e'": (None, ["--idea", "a fox", "--film", "\x1b\u202e"]),
    "'No Such/Thing/a-fox' is no film": (None, ["--idea", "a fox", "--workspace", "No Such/Thing"]),
    "'../a-fox' is no film": (None, ["--idea", "a fox", "--workspace", ".."]),
    "'\\x1b[31m/a-fox' is no film": (None, ["--idea", "a fox", "--workspace", "\x1b[31m"]),
    "'я/a-fox' is no film": (None, ["--idea", "a fox", "--workspace", "я"]),
    "a.fountain: format: Input should be": (b'format = "4:3"', ["--idea", "a fox", "--settings", "a.fountain"]),
    "a.fountain is no TOML": (b"format = ", ["--idea", "a fox", "--settings", "a.fountain"]),
    "100,001 bytes; up to 100,000": (b"#" * 100_001, ["--idea", "a fox", "--settings", "a.fountain"]),
    "nests far deeper": (b"a = " + b"[\n" * 40_000, ["--idea", "a fox", "--settings", "a.fountain"]),
    "characters.A: B is mapped to another": (
        b'characters = { A = "B", B = "A" }', ["--idea", "a fox", "--settings", "a.fountain"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", REFUSED_BEFORE_ALL)
def test_what_cannot_be_filmed_is_refused_before_anything_is_touched(told: str, tmp_path: Path) -> None:
    content, arguments = REFUSED_BEFORE_ALL[told]
    if content is not None:
        (tmp_path / "a.fountain").write_bytes(content)

    refused = director("make", *arguments, home=tmp_path / "home", cwd=tmp_path)

    assert_one_line(refused, told)
    assert not (tmp_path / "home").exists()


def test_fifty_megabytes_are_refused_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "a.fountain").open("wb") as sparse:
        sparse.truncate(50_000_000)

    refused = director("make", "a.fountain", home=tmp_path / "home", cwd=tmp_path)

    assert_one_line(refused, "50,000,000 bytes; up to 1,000,000 are read")


USAGE = {
    "No such option '--nope'": ["make", "--nope"],
    "No such command 'nope'": ["nope"],
    "'a\\x1b[31m' is not a valid UUID": ["assets", "show", "a\x1b[31m"],
    "99999 is not in the range": ["up", "--port", "99999"],
    "0 is not in the range": ["assets", "list", "--limit", "0"],
    "'colour' is not one of": ["costs", "--by", "colour"],
    "Missing argument 'ASSET'": ["lineage"],
    "Missing argument 'ASSET...'": ["assets", "delete"],
    "Missing argument 'FILE...'": ["assets", "add"],
    "'theft' is not one of 'upload', 'import'": ["assets", "add", "a.png", "--source", "theft"],
    "'half \\udcff' is no tag: up to 60 letters": ["assets", "add", "a.png", "--tag", "half \udcff"],
    "Got unexpected extra arguments (b c)": ["make", "a", "b", "c"],
    "'../x/y' is no film": ["film", "show", "../x/y"],
}


@pytest.mark.parametrize("told", USAGE)
def test_a_command_that_cannot_be_understood_is_refused_in_one_line(told: str, tmp_path: Path) -> None:
    refused = director(*USAGE[told], home=tmp_path / "home")

    assert_one_line(refused, told)


COMMANDS = [
    ["make", "--idea", "a fox"], ["film", "list"], ["film", "show", "a-fox"], ["assets", "list"],
    ["assets", "show", ID], ["assets", "open", ID], ["costs"], ["lineage", ID], ["db", "url"], ["db", "migrate"],
    ["db", "psql", "-c", "SELECT 1"], ["up"],
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_without_its_postgres_no_command_begins(arguments: list[str], tmp_path: Path) -> None:
    refused = director(*arguments, home=tmp_path, url=NOWHERE)

    assert_one_line(refused, "Postgres at 127.0.0.1:1/none: ")
    assert "hunter2" not in refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_newer_catalog_is_refused_by_every_command(arguments: list[str], tmp_path: Path, database_url: str) -> None:
    told(database_url, NEWER)

    refused = director(*arguments, home=tmp_path, url=database_url)

    assert_one_line(refused, "the database is at revision 9999, this program knows")
    assert told(database_url, "SELECT version_num FROM catalog_revision") == "9999"


OLDER = """
    ALTER TABLE shots DROP CONSTRAINT ck_shots_code;
    ALTER TABLE shots ADD CONSTRAINT ck_shots_code CHECK (code ~ '^sh[0-9]{3,6}$');
    DROP FUNCTION director_spent, director_spent_otherwise, director_fold_spending CASCADE;
    DROP FUNCTION director_tag, director_untag, director_tag_otherwise CASCADE;
    DROP TABLE spending_deltas, spending_sums, asset_tags;
    DROP INDEX ix_generations_not_stored, ix_generations_open, ix_generations_closed, ix_takes_reused;
    CREATE INDEX ix_generations_unfinished ON generations (workspace_id, id) WHERE settled_at IS NULL;
    DROP TABLE members;
    DROP TABLE batch_assets, batches, film_uses, standings;
    DO $$ DECLARE guarded record; BEGIN
        FOR guarded IN SELECT tablename FROM pg_policies WHERE policyname = 'own' LOOP
            EXECUTE format('DROP POLICY own ON %I', guarded.tablename);
            EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', guarded.tablename);
        END LOOP;
    END $$;
    DROP FUNCTION director_search, director_tagged;
    DROP INDEX ix_assets_cost;
    ALTER TABLE assets DROP COLUMN search;
    DROP TABLE voices;
    DROP TABLE film_requests;
    DROP INDEX ix_events_claimed;
    ALTER TABLE workspaces DROP COLUMN crew;
    DROP INDEX ix_events_workspace_id_subject_id;
    ALTER TABLE generations DROP COLUMN account, DROP COLUMN quiet_since, DROP COLUMN piece;
    ALTER TABLE assets DROP COLUMN stands_for, DROP COLUMN licence, DROP COLUMN commercial,
        DROP COLUMN derivatives, DROP COLUMN consent_id, DROP COLUMN consent_scope, DROP COLUMN consent_until;
    DROP INDEX ix_assets_lost;
    ALTER TABLE films DROP COLUMN edited_at;
    ALTER TABLE assets DROP COLUMN delete_reason, DROP COLUMN held_at, DROP COLUMN hold_reason, DROP COLUMN purged_at,
        DROP COLUMN purge_reason;
    DROP INDEX ix_assets_thumbnail_digest;
    ALTER TABLE blobs DROP COLUMN purged_at;
    DROP TABLE event_heads;
    ALTER TABLE events DROP COLUMN seq, DROP COLUMN run_id, DROP COLUMN reason, DROP COLUMN microusd,
        DROP COLUMN film_id, DROP COLUMN asset_id, DROP COLUMN generation_id, DROP COLUMN slot_id,
        DROP COLUMN previous, DROP COLUMN hash;
    CREATE INDEX ix_events_workspace_id_id ON events (workspace_id, id);
    UPDATE catalog_revision SET version_num = '0001'
"""
MIGRATING = [["film", "list"], ["assets", "list"], ["costs"], ["db", "url"], ["db", "migrate"], ["doctor"]]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", MIGRATING, ids=" ".join)
def test_an_older_catalog_is_migrated_by_every_command(arguments: list[str], tmp_path: Path, database_url: str) -> None:
    told(database_url, OLDER)

    done = director(*arguments, home=tmp_path, url=database_url)

    assert done.returncode == 0, done.stderr
    assert told(database_url, "SELECT version_num FROM catalog_revision") == head()


UNDRAWABLE = {
    "the title has letters that the film's fonts lack: 海 辺": (PAGE, 'title = "海辺"'),
    "the character МАРА has letters that the film's fonts lack: 美": (PAGE.replace("MARA", "МАРА 美"), ""),
    "the character " + "Q" * 40 + " has 301 letters": (PAGE.replace("MARA", "Q" * 301), ""),
    "the crew's image is 'acme', and no such provider is installed": (PAGE, 'crew = { image = "acme:2" }'),
}


@pytest.mark.slow
@pytest.mark.parametrize("line", UNDRAWABLE)
def test_what_cannot_be_made_is_refused_with_no_row_of_it(line: str, tmp_path: Path, database_url: str) -> None:
    page, settings = UNDRAWABLE[line]
    (tmp_path / "a.fountain").write_text(page)
    (tmp_path / "film.toml").write_text(settings)

    refused = director("make", "a.fountain", home=tmp_path / "home", url=database_url, cwd=tmp_path)

    assert_one_line(refused, line.replace("МАРА has", "МАРА 美 has"))
    assert counts(database_url) == dict.fromkeys(TABLES, 0)


@pytest.mark.slow
def test_what_is_not_there_is_said_in_one_line(tmp_path: Path, database_url: str) -> None:
    for arguments in (
        ["film", "show", "no-such-film"],
        ["assets", "show", ID],
        ["assets", "open", ID],
        ["lineage", ID],
        ["assets", "used", ID],
        ["assets", "delete", ID],
        ["assets", "restore", ID],
        ["assets", "hold", ID, "--reason", "x"],
        ["assets", "purge", ID, "--reason", "x", "--yes"],
        ["assets", "trash", "--after", ID],
    ):
        refused = director(*arguments, home=tmp_path, url=database_url)

        assert_one_line(refused, "no ")


@pytest.mark.slow
def test_a_taken_port_is_one_line(tmp_path: Path, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])

        refused = director("up", "--port", port, home=tmp_path, url=database_url)

    assert_one_line(refused, f"port {port}")
