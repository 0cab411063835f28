"""`director make`: a film is made once, kept, reused by others, and survives being killed."""

import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from director_dagster_tests.film.conftest import Home, Short

pytestmark = pytest.mark.slow

SCREENPLAY = Path(__file__).with_name("short.fountain")
GENERATIONS = "SELECT count(*), count(DISTINCT fingerprint) FROM generations WHERE settled_at IS NOT NULL"
PRINTS = "SELECT fingerprint, count(*) FROM assets WHERE model = 'cut-1' GROUP BY 1 ORDER BY 1"
BYTELESS = "SELECT count(*) FROM assets WHERE url IS NOT NULL AND digest NOT IN (SELECT digest FROM blobs)"


@pytest.fixture(scope="module")
def home(home_of_short: Home) -> Home:
    """A home with one film in it, ``home/short``."""
    return home_of_short


@pytest.fixture
def made(short: Short) -> Mapping[str, object]:
    """What its making has told."""
    return short.report


def test_a_screenplay_becomes_a_film(home: Home, made: Mapping[str, object]) -> None:
    assert made["failure"] is None
    film = Path(str(made["path"]))
    assert sorted(file.name for file in film.parent.iterdir()) == [
        "contact-sheet.png",
        "film.mp4",
        "film.srt",
        "film.vtt",
        "poster.jpg",
    ]
    assert home.rows("SELECT count(*) FROM assets WHERE kind = 'film'") == [(1,)]


def test_no_run_reads_the_users_path(home: Home, made: Mapping[str, object], tmp_path: Path) -> None:
    copy = shutil.copy(SCREENPLAY, tmp_path / "gone.fountain")
    home.data("make", str(copy))
    Path(copy).unlink()

    with home.start("film", "show", "gone", "--json") as shown:
        out, _ = shown.communicate()

    assert "script" in out


def test_a_second_making_keeps_everything(home: Home, made: Mapping[str, object]) -> None:
    before = home.rows("SELECT id, digest FROM assets ORDER BY id"), home.rows(GENERATIONS)

    again = home.data("make", str(SCREENPLAY))[0]

    assert (home.rows("SELECT id, digest FROM assets ORDER BY id"), home.rows(GENERATIONS)) == before
    assert {step["kept"] == step["pieces"] for step in again["steps"].values()} == {True}


def test_a_lost_poster_is_there_again_and_no_file_of_the_film_has_a_second_row(
    home: Home, made: Mapping[str, object]
) -> None:
    [(digest,)] = home.rows("SELECT digest FROM assets WHERE kind = 'poster' AND name LIKE '%: poster' LIMIT 1")
    before = home.rows(PRINTS)
    blob = home.path / "vault" / "sha256" / digest[:2] / digest
    blob.unlink()

    again = home.data("make", str(SCREENPLAY))[0]

    assert again["failure"] is None
    assert blob.is_file()
    assert home.rows(PRINTS) == before


def test_the_run_stands_in_dagster_under_its_name_with_its_figures(home: Home, made: Mapping[str, object]) -> None:
    runs = home.rows("SELECT pipeline_name, status FROM runs WHERE run_id = %s", made["run_id"])

    assert runs == [("make_film", "SUCCESS")]
    steps = made["steps"]
    assert isinstance(steps, dict)
    assert set(steps) == {"script", "characters", "dialogue", "music", "storyboard", "shots", "film"}
    for figures in steps.values():
        assert {"cost_usd", "cost_total_usd", "saved_usd", "provider", "model", "pieces", "seconds", "table"} <= set(
            figures
        )


def test_more_takes_are_made_compared_and_one_of_them_is_chosen(
    home: Home, made: Mapping[str, object], tmp_path: Path
) -> None:
    more = home.data("make", "--film", "short", "--takes", "shots:sh010=2")[0]
    compared = home.run("take", "compare", "short", "shot:sh010", "--sheet", str(tmp_path / "sheet.jpg"), "--json")
    (tmp_path / "page.fountain").write_text("INT. ROOM - DAY")
    over = home.run("take", "compare", "short", "shot:sh010", "--sheet", str(tmp_path / "page.fountain"))
    chosen = home.run("take", "select", "short", "shot:sh010", "1")
    again = home.data("make", "--film", "short")[0]

    assert more["steps"]["shots"]["generated"] == 1
    assert len(compared.stdout.splitlines()) == 2, compared.stderr
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.width > sheet.height
    assert (over.returncode, (tmp_path / "page.fountain").read_text()) == (2, "INT. ROOM - DAY")
    assert chosen.returncode == 0, chosen.stderr
    assert [row["chosen"] != "" for row in home.data("take", "list", "short", "shot:sh010")] == [True, False]
    assert again["steps"]["film"]["reused"] > 0, "the film of the chosen take is owned"
    refused = home.run("make", "--film", "short", "--takes", "film:x=2")
    assert refused.returncode == 2
    assert "more takes are made by characters, dialogue" in refused.stderr


def test_another_film_with_a_known_character_reuses_its_look_and_voice(
    home: Home, made: Mapping[str, object], tmp_path: Path
) -> None:
    script = tmp_path / "second.fountain"
    script.write_text(
        "EXT. FIELD - DAY\n\nMARA waits in the grass.\n\nMARA\nHere I am again.\n\nOLD MAN\nSo you are.\n"
    )
    (tmp_path / "film.toml").write_text('characters = { "OLD MAN" = "TOM" }')

    second = home.data("make", str(script))[0]

    outcomes = {row["slot"]: row["outcome"] for row in second["steps"]["characters"]["table"]}
    assert (outcomes["look:mara"], outcomes["voice-en:mara"]) == ("reused", "reused")
    assert (outcomes["look:tom"], outcomes["voice-en:tom"]) == ("reused", "reused"), "whom the old man stands for"
    looks = home.rows("SELECT count(*) FROM assets WHERE kind = 'character' AND name LIKE 'MARA%'")
    voices = home.rows("SELECT count(*) FROM assets WHERE kind = 'voice' AND name LIKE 'MARA%'")
    assert (looks, voices) == ([(1,)], [(1,)])
    assert home.rows(
        "SELECT count(*) FROM takes t JOIN slots s ON s.id = t.slot_id JOIN films f ON f.id = s.film_id "
        "WHERE f.slug = 'second' AND t.reused AND s.name IN ('look:mara', 'voice-en:mara')"
    ) == [(2,)]
    assert (
        home.rows(
            "SELECT count(*) FROM asset_sources e JOIN assets look ON look.id = e.source_id "
            "JOIN assets frame ON frame.id = e.asset_id WHERE look.kind = 'character' AND frame.film_id <> look.film_id"
        )[0][0]
        >= 1
    )


def test_the_same_name_from_elsewhere_asks_for_another(home: Home, made: Mapping[str, object], tmp_path: Path) -> None:
    other = tmp_path / "short.fountain"
    other.write_text("INT. ROOM - DAY\n\nNobody is here.\n")

    refused = home.run("make", str(other))

    assert refused.returncode == 2
    assert "--film" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("after_s", [4.0, 7.0, 12.0])
def test_killed_at_any_moment_the_same_command_finishes_and_makes_nothing_twice(
    after_s: float, home: Home, tmp_path: Path
) -> None:
    script = tmp_path / f"killed-{after_s:.0f}.fountain"
    script.write_text(SCREENPLAY.read_text().replace("MARA", f"MARA{after_s:.0f}").replace("SHORE", f"SHORE {after_s}"))
    with home.start("make", str(script)) as killed:
        time.sleep(after_s)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()

    finished = home.data("make", str(script))[0]

    assert finished["failure"] is None
    settled, distinct = home.rows(GENERATIONS)[0]
    assert settled == distinct
    assert home.rows(BYTELESS) == [(0,)]
    assert home.rows("SELECT count(*) FROM generations WHERE settled_at IS NULL") == [(0,)]
    assert home.rows("SELECT count(*) FROM runs WHERE status = 'STARTED'") == [(0,)]
