"""The settings: what the environment may say, and what it may not."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from director_dagster.cli.supervisor import Ports, alone
from director_dagster.errors import BadInput
from director_dagster.settings import Env, Settings, dagster_url, plain_url

URL = "postgresql://u:p%40ss@db.example:5433/films?sslmode=require"


def test_an_empty_environment_keeps_everything_in_the_users_data_folder() -> None:
    settings = Settings.from_env({Env.HOME: "", Env.DATABASE_URL: ""})

    assert settings.home.is_absolute()
    assert settings.home.name == "director_dagster"
    assert settings.database_url is None


def test_everything_lies_under_the_home(tmp_path: Path) -> None:
    settings = Settings.from_env({Env.HOME: str(tmp_path)})

    assert {settings.dagster_home, settings.vault, settings.postgres} == {
        tmp_path / "dagster",
        tmp_path / "vault",
        tmp_path / "postgres",
    }


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    settings = Settings.from_env({Env.HOME: "kept"})

    assert settings.home == tmp_path / "kept"


@pytest.mark.parametrize("below", ["", "/inside"])
def test_a_file_in_the_place_of_the_home_is_refused_by_name(tmp_path: Path, below: str) -> None:
    file = tmp_path / "a file"
    file.touch()

    with pytest.raises(BadInput, match="a file is a file"):
        Settings.from_env({Env.HOME: f"{file}{below}"})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_way_to_write_a_url_is_understood(scheme: str) -> None:
    written = f"{scheme}{URL.removeprefix('postgresql')}"

    assert plain_url(written) == URL
    assert make_url(dagster_url(written)).get_driver_name() == "psycopg2"
    assert make_url(dagster_url(written)).password == "p@ss"


def test_a_socket_folder_is_a_place_too() -> None:
    assert plain_url("postgres:///films?host=/run/postgresql") == "postgresql:///films?host=/run/postgresql"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:sesame@h/films",
        "postgresql:films",
        "postgresql://u:sesame@h",
        "postgresql://u:sesame@h:port/films",
        "postgresql://u:ses#ame@h/films",
        "postgresql://u:ses/ame@h/films",
        "postgresql://u:[sesame@h/films",
        "sesame",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(BadInput, match="DIRECTOR_DATABASE_URL") as refused:
        Settings.from_env({Env.DATABASE_URL: url})

    assert "ame" not in str(refused.value).replace("database", "").replace("name", "")


def test_the_password_is_not_in_the_settings_repr() -> None:
    assert "p%40ss" not in repr(Settings.from_env({Env.DATABASE_URL: URL}))


def test_a_child_process_is_told_of_the_same_home_and_database(tmp_path: Path) -> None:
    settings = Settings.from_env({Env.HOME: str(tmp_path), Env.DATABASE_URL: URL})

    child = settings.variables()

    assert Settings.from_env(child) == settings
    assert child["DAGSTER_HOME"] == str(tmp_path / "dagster")


def test_an_embedded_database_is_not_named_to_a_child_process_but_found_by_it(tmp_path: Path) -> None:
    settings = Settings.from_env({Env.HOME: str(tmp_path)})

    assert Env.DATABASE_URL not in settings.variables()


def test_what_is_set_for_a_provider_is_found_by_its_name_and_never_shown() -> None:
    given = {"DIRECTOR_ACME_KEY": "canary", "DIRECTOR_ACME_URL": "http://127.0.0.1:9", "DIRECTOR_FAL_KEY": ""}
    settings = Settings.from_env({**given, Env.DATABASE_URL: URL, "ACME_API_KEY": "not ours"})

    assert settings.accounts == {"acme": {"key": "canary", "url": "http://127.0.0.1:9"}}
    assert "canary" not in repr(settings)


def test_where_the_library_is_is_told_to_child_processes() -> None:
    settings = Settings.from_env({Env.LIBRARY_URL: "https://studio.example/"})

    assert settings.library_url == "https://studio.example"
    assert Settings.from_env(settings.variables()) == settings


def test_where_nobody_says_the_library_is_where_the_last_director_up_served_it(tmp_path: Path) -> None:
    own = Settings.from_env({Env.HOME: str(tmp_path)})
    before, ports = own.library, Ports(dagster=4000, library=4001)
    with alone(own, ports):
        during = own.library

    assert (before, during, own.library) == ("http://127.0.0.1:3001", ports.library_url, ports.library_url)
    assert Settings.from_env({Env.HOME: str(tmp_path), Env.DATABASE_URL: URL}).library is None


@pytest.mark.parametrize("url", ["studio.example", "ftp://x", "https://", "http://[", "https://a/?b=c"])
def test_a_page_that_cannot_be_is_refused_by_name(url: str) -> None:
    with pytest.raises(BadInput, match="DIRECTOR_LIBRARY_URL"):
        Settings.from_env({Env.LIBRARY_URL: url})


def test_the_queue_takes_three_a_day_from_six_on_for_nothing_unless_told() -> None:
    told: dict[str, str] = {Env.QUEUE_A_DAY: "10", Env.QUEUE_USD: "2.50", Env.QUEUE_HOUR: "0"}

    for_nothing, settings = Settings.from_env({}), Settings.from_env(told)

    assert (for_nothing.queue_a_day, for_nothing.queue_usd, for_nothing.queue_hour) == (3, 0.0, 6)
    assert (settings.queue_a_day, settings.queue_usd, settings.queue_hour) == (10, 2.5, 0)
    assert Settings.from_env(settings.variables()) == settings


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (Env.QUEUE_A_DAY, "many"),
        (Env.QUEUE_A_DAY, "-1"),
        (Env.QUEUE_A_DAY, "1001"),
        (Env.QUEUE_A_DAY, "٣"),
        (Env.QUEUE_HOUR, "24"),
        (Env.QUEUE_HOUR, "6:00"),
        (Env.QUEUE_USD, "nan"),
        (Env.QUEUE_USD, "-1"),
        (Env.REPAIR_USD, "1e300"),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_name(name: Env, text: str) -> None:
    with pytest.raises(BadInput, match=name):
        Settings.from_env({name: text})


VAULT_ITSELF = ("{vault}", "{vault}/", "file://{vault}", "{home}", "{vault}/copies", "{link}")
TWICE = ("/x /x/", "/x /y /x/../x", "s3://b/x s3://b/x/")


@pytest.mark.parametrize("said", [*VAULT_ITSELF, *TWICE])
def test_a_store_of_copies_that_is_the_vault_or_one_twice_is_refused(said: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "vault").mkdir(parents=True)
    (tmp_path / "link").symlink_to(home / "vault")
    named = said.format(home=home, vault=home / "vault", link=tmp_path / "link")

    with pytest.raises(BadInput, match=r"^DIRECTOR_COPIES: ") as refused:
        Settings.from_env({Env.HOME: str(home), Env.COPIES: named})

    assert "\n" not in str(refused.value)


def test_stores_of_copies_stand_apart(tmp_path: Path) -> None:
    named = f"{tmp_path}/one {tmp_path}/home/two s3://bucket/films"

    settings = Settings.from_env({Env.HOME: f"{tmp_path}/home", Env.COPIES: named})

    assert settings.copies == tuple(named.split())
