"""`director voice`: chosen, listed, and cloned with consent alone, against the simulator."""

import datetime as dt
import math
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from director_dagster_tests.film.conftest import Home
from director_dagster_tests.simulated import Simulated, simulated

UNTIL = str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30))
ENDED = "UPDATE voices SET consent_until = current_date - 1 RETURNING consent_until"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def home(database_url: str, tmp_path: Path, there: Simulated) -> Home:
    """An empty home with an account at the simulator."""
    return Home(path=tmp_path / "home", database_url=database_url, more=there.variables)


def sample(file: Path, hz: int = 220, seconds: int = 1) -> str:
    """A tone, as WAV."""
    tone = (int(9000 * math.sin(2 * math.pi * hz * at / 16000)) for at in range(16000 * seconds))
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(b"".join(struct.pack("<h", value) for value in tone))
    return str(file)


def cloning(
    *samples: str, consent: str = "Ann, this film", until: str = UNTIL, provider: str = "elevenlabs"
) -> list[str]:
    """The words of a clone's command."""
    named = [word for each in samples for word in ("--sample", each)]
    given = ["--consent", consent, "--until", until]
    return ["voice", "clone", "ANNA", "--provider", provider, *named, *given]


def clones(there: Simulated) -> int:
    """How many voices the simulator has made."""
    return sum(charge["model"] == "instant-voice-clone" for charge in there.charges())


def test_a_voice_is_chosen_at_each_provider_and_listed(home: Home) -> None:
    home.data("voice", "set", "Anna", "openai:verse")
    home.data("voice", "set", "ANNA", "elevenlabs:JBFqnCBsd6RMkjVDRZzb")
    home.data("voice", "set", "anna", "openai:alloy")

    rows = home.data("voice", "list", "--character", "ANNA")

    assert [(row["character"], row["provider"], row["voice"], row["consent"]) for row in rows] == [
        ("Anna", "elevenlabs", "JBFqnCBsd6RMkjVDRZzb", None),
        ("Anna", "openai", "alloy", None),
    ]


def test_a_voice_is_cloned_once_with_its_consent_and_its_samples_are_kept(
    home: Home, there: Simulated, tmp_path: Path
) -> None:
    before, one, two = clones(there), sample(tmp_path / "1.wav"), sample(tmp_path / "2.wav", 330)

    first = home.data(*cloning(one, two))[0]
    again = home.data(*cloning(one, two, consent="Ann, the series"))[0]
    listed = home.data("voice", "list")

    assert clones(there) == before + 1
    assert (first["new"], again["new"], again["voice"]) == (True, False, first["voice"])
    assert [(row["voice"], row["consent"], row["until"]) for row in listed] == [
        (first["voice"], "Ann, the series", UNTIL)
    ]
    assert listed[0]["noted_by"] != ""
    assert home.rows("SELECT consent, dropped_at IS NULL FROM voices ORDER BY created_at") == [
        ("Ann, this film", False),
        ("Ann, the series", True),
    ]
    assert home.rows("SELECT type, count(*) FROM assets GROUP BY 1 ORDER BY 1") == [("audio", 2), ("text", 1)]
    assert home.rows("SELECT state, cost_microusd FROM generations") == [("stored", 0)]


def test_a_lost_answer_is_looked_up_by_the_voices_name(home: Home, there: Simulated, tmp_path: Path) -> None:
    before = clones(there)
    there.spoil("lose", provider="elevenlabs")

    made = home.data(*cloning(sample(tmp_path / "1.wav", 440)))[0]

    assert clones(there) == before + 1
    assert made["voice"] == there.charges()[-1]["job"]


def test_minimax_clones_too_once_for_its_price_and_says_how_long_a_voice_is_kept(
    home: Home, there: Simulated, tmp_path: Path
) -> None:
    asked = cloning(sample(tmp_path / "1.wav", seconds=11), provider="minimax")
    without = home.run(*asked)
    home.data("budget", "set", "10")
    there.spoil("lose", provider="minimax")

    made = home.run(*asked)
    again = home.data(*asked)[0]

    assert "budget" in without.stderr
    assert made.returncode == 0, made.stderr
    assert "minimax drops a voice that has not spoken within 7 days" in made.stderr + made.stdout
    assert sum(charge["model"] == "rapid-voice-cloning" for charge in there.charges()) == 1
    assert not again["new"]
    assert [(row["provider"], row["voice"]) for row in home.data("voice", "list")] == [("minimax", again["voice"])]
    assert home.rows("SELECT state, cost_microusd FROM generations") == [("stored", 1_500_000)]


def test_the_consent_goes_with_a_cloned_voice_however_it_is_chosen(home: Home, tmp_path: Path) -> None:
    made = home.data(*cloning(sample(tmp_path / "1.wav", 550)))[0]
    home.rows(ENDED)

    home.data("voice", "set", "TOM", f"elevenlabs:{made['voice']}")

    rows = {row["character"]: row for row in home.data("voice", "list")}
    assert (rows["TOM"]["consent"], rows["TOM"]["ended"], rows["ANNA"]["ended"]) == ("Ann, this film", "ended", "ended")


def test_what_cannot_be_cloned_is_one_line_and_nothing_is_asked_for(
    home: Home, there: Simulated, tmp_path: Path
) -> None:
    before, good = len(there.charges()), sample(tmp_path / "1.wav")
    (tmp_path / "text.wav").write_text("no sound")
    bare = ["voice", "clone", "ANNA", "--provider", "elevenlabs", "--sample", good]
    refused = {
        "only with the consent of whose it is": [*bare, "--until", UNTIL],
        "--until YYYY-MM-DD": [*bare, "--consent", "Ann"],
        "that consent ended on 2020-01-31": cloning(good, until="2020-01-31"),
        "name one at least with --sample": cloning(),
        "text.wav is no sound that can be read": cloning(str(tmp_path / "text.wav")),
        "fal clones no voices; elevenlabs and minimax do": cloning(good, provider="fal"),
        "'openai:a b' is no voice": ["voice", "set", "ANNA", "openai:a b"],
    }

    told = {what: home.run(*arguments) for what, arguments in refused.items()}

    assert {what: what in done.stderr for what, done in told.items()} == dict.fromkeys(refused, True)
    assert {(done.returncode, done.stderr.count("\n")) for done in told.values()} == {(2, 1)}
    assert len(there.charges()) == before
    assert home.rows("SELECT count(*) FROM generations") == [(0,)]
