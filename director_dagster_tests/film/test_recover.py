"""What is lost of a film comes back by one command, the cheapest way: the same bytes where nobody has to be paid."""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from director_dagster_tests.film.audit import audit
from director_dagster_tests.film.buying import Buying, buying
from director_dagster_tests.film.conftest import Home, fresh_home
from director_dagster_tests.simulated import Simulated, simulated

pytestmark = pytest.mark.slow

SHORT = Path(__file__).with_name("short.fountain")
SETTINGS = 'format = "1:1"\n'
MADE = """
SELECT DISTINCT digest FROM assets WHERE source <> 'upload' AND digest IS NOT NULL
"""
USERS = "SELECT digest FROM assets WHERE source = 'upload'"
LOST = "SELECT count(*) FROM assets WHERE lost_at IS NOT NULL"
FRAMES = "SELECT count(*) FROM assets WHERE kind = 'frame'"
SOLD = """
SELECT a.digest FROM assets a JOIN takes t ON t.asset_id = a.id AND t.selected_at IS NOT NULL
JOIN slots s ON s.id = t.slot_id WHERE s.name LIKE 'frame:%' AND a.provider = 'openai' ORDER BY s.name LIMIT 1
"""

SELECTED = """
SELECT a.digest FROM assets a JOIN takes t ON t.asset_id = a.id AND t.selected_at IS NOT NULL
JOIN slots s ON s.id = t.slot_id JOIN films f ON f.id = s.film_id WHERE f.slug = 'a-door' AND s.name = %s
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "short.fountain").write_text(SHORT.read_text())
    (folder / "film.toml").write_text(SETTINGS)
    return folder / "short.fountain"


@pytest.fixture(scope="module")
def film(home: Home, page: Path) -> Mapping[str, Any]:
    """What making a short film in the home has told."""
    return home.data("make", str(page))[0]


def place_of(home: Home, digest: str) -> Path:
    return home.path / "vault" / "sha256" / digest[:2] / digest


def is_whole(home: Home, digest: str) -> bool:
    file = place_of(home, digest)
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest


def test_all_that_the_house_has_made_is_lost_and_is_the_same_again_for_nothing(
    home: Home, film: Mapping[str, Any], page: Path
) -> None:
    made = [digest for (digest,) in home.rows(MADE)]
    rows = home.rows("SELECT count(*) FROM assets")
    for number, digest in enumerate(made):
        file = place_of(home, digest)
        file.chmod(0o644)
        if number % 2:
            file.write_bytes(file.read_bytes()[:-1])
        else:
            file.unlink()

    done = home.run("recover")
    again = home.data("make", str(page))[0]

    assert done.returncode == 0, done.stderr
    assert "everything that films use is there again" in done.stderr
    assert [digest for digest in made if not is_whole(home, digest)] == []
    assert home.rows(LOST) == [(0,)]
    assert home.rows("SELECT count(*) FROM assets") == rows
    assert {step: figures["generated"] for step, figures in again["steps"].items()} == dict.fromkeys(film["steps"], 0)
    assert audit(home).faults == {}


def test_a_users_own_page_is_only_theirs_to_bring_back(home: Home, film: Mapping[str, Any], page: Path) -> None:
    [(digest,)] = home.rows(USERS)
    place_of(home, digest).unlink()

    lost = home.run("recover", "short")
    home.data("make", str(page))
    back = home.run("recover", "short")
    strange = home.run("recover", "nosuch")

    assert lost.returncode == 1
    assert "1 piece of films is still lost: script: nobody else can make it: the same file" in lost.stderr
    assert film["film"] in lost.stdout
    assert back.returncode == 0, back.stderr
    assert back.stderr.splitlines() == ["nothing is lost"]
    assert strange.returncode == 2
    assert "there is no film home/nosuch yet" in strange.stderr


def test_made_in_another_fresh_home_it_is_the_same_film(
    film: Mapping[str, Any], page: Path, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with contextlib.closing(fresh_home(postgres_url, tmp_path_factory.mktemp("other"))) as homes:
        again = next(homes).data("make", str(page))[0]

    assert Path(again["path"]).read_bytes() == Path(film["path"]).read_bytes()


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def bought(home: Home, there: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Buying:
    """A film in the home whose pictures OpenAI has sold, which keeps nothing."""
    buyer = buying(home, there, {"image": "openai"})
    buyer.home.data("make", str(buyer.page("door", tmp_path_factory.mktemp("bought"))), "--yes")
    return buyer


def test_what_has_to_be_bought_again_is_told_and_asked_and_alone_bought(bought: Buying) -> None:
    home, there = bought.home, bought.there
    [(digest,)], [(frames,)] = home.rows(SOLD), home.rows(FRAMES)
    place_of(home, digest).unlink()
    charged = len(there.charges())

    asked = home.run("recover", "a-door")
    refused = home.answer("n", "recover", "a-door")
    unchanged = len(there.charges())
    done = home.run("recover", "a-door", "--yes")
    after = len(there.charges())
    again = home.data("make", "--film", "a-door")[0]

    assert asked.returncode == 2
    assert "there is nobody to ask: say --yes, or --max-usd AMOUNT" in asked.stderr
    assert "bought again" in asked.stdout
    assert refused.returncode == 2
    assert unchanged == charged
    assert done.returncode == 0, done.stderr
    assert after == charged + 1
    assert len(there.charges()) == after
    assert again["steps"]["shots"]["generated"] == 0
    assert home.rows(FRAMES) == [(frames + 1,)]
    assert audit(home).rows_without_bytes == []


def test_what_is_lost_with_that_which_it_was_made_from_is_bought_again_and_nothing_else(bought: Buying) -> None:
    home, there = bought.home, bought.there
    lost = [digest for slot in ("look:anna", "frame:sh010") for (digest,) in home.rows(SELECTED, slot)]
    for digest in lost:
        place_of(home, digest).unlink()
    charged, [(already,)] = len(there.charges()), home.rows(LOST)

    [asked] = [home.data("recover", "a-door", "--yes")]
    again = home.data("make", "--film", "a-door")[0]

    assert {way["slot"]: way["whence"] for way in asked} == dict.fromkeys(("frame:sh010", "look:anna"), "bought again")
    paid = [each["microusd"] for each in there.charges()[charged:]]
    assert len(paid) == len(lost)
    assert sum(way["high_microusd"] for way in asked) >= sum(paid) > 0
    assert {step: figures["generated"] for step, figures in again["steps"].items()} == dict.fromkeys(again["steps"], 0)
    assert home.rows(LOST) == [(already + len(lost),)], "the lost ones stay on record"
