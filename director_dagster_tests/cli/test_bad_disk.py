"""Disks, homes and vaults that are damaged, full or closed: one line of the command, and nothing lost."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from director_dagster.settings import Env
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.studio import open_studio
from director_dagster_tests.cli.refusals import TABLES, assert_one_line, counts, told
from director_dagster_tests.cli.test_commands import director

PAGE = "INT. ROOM - DAY\n\nMARA\nHere I am.\n"


@pytest.fixture
async def filed(tmp_path: Path, database_url: str) -> tuple[str, Path]:
    """The id of a screenplay's asset in the home ``home``, and the file of its bytes."""
    studio = open_studio(database_url=database_url, home=tmp_path / "home")
    brief = of_screenplay(PAGE, origin="file: /a.fountain", name="a")
    film = await commission(studio, FilmKey(workspace="home", film="a"), brief, FilmSettings())
    await studio.aclose()
    digest = told(database_url, "SELECT digest FROM assets")
    return str(film.brief_id), studio.vault.locate(digest)


def _make_a_folder_of_it(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "overwritten": (lambda file: file.write_bytes(b"other bytes"), "was damaged and is set aside in quarantine/"),
    "deleted": (lambda file: file.unlink(), "is not in the vault"),
    "a folder": (_make_a_folder_of_it, "is not in the vault"),
}
"""What was done to the file, and the line that tells of it."""


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_of_the_vault_is_one_line_and_its_row_stays(
    damage: str, filed: tuple[str, Path], tmp_path: Path, database_url: str
) -> None:
    asset, blob = filed
    do, line = DAMAGES[damage]
    blob.chmod(0o644)
    do(blob)
    before = counts(database_url)

    failed = director("assets", "open", asset, "--to", "out", home=tmp_path / "home", url=database_url, cwd=tmp_path)

    assert_one_line(failed, line, code=1)
    assert counts(database_url) == before
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_one_line(filed: tuple[str, Path], tmp_path: Path, database_url: str) -> None:
    refused = director("assets", "open", filed[0], "--to", "/proc/no/such", home=tmp_path / "home", url=database_url)

    assert_one_line(refused, "/proc/no/such cannot be written")


@pytest.mark.slow
@pytest.mark.parametrize("home", ["file", "/proc/none", "x" * 300])
@pytest.mark.parametrize("command", ["make", "film"])
def test_a_home_that_cannot_be_is_one_line(command: str, home: str, tmp_path: Path, database_url: str) -> None:
    (tmp_path / "file").touch()
    arguments = ["make", "--idea", "a fox"] if command == "make" else ["film", "list"]

    refused = director(*arguments, home=tmp_path / home, url=database_url)

    assert_one_line(refused, home)
    assert counts(database_url) == dict.fromkeys(TABLES, 0)


@pytest.mark.slow
def test_a_home_that_takes_no_bytes_is_one_line_and_nothing_is_begun(tmp_path: Path, database_url: str) -> None:
    refused = limited("make", "--idea", "a fox", home=tmp_path, url=database_url, file_bytes=10)

    assert_one_line(refused, "takes no file so large")
    assert counts(database_url) == dict.fromkeys(TABLES, 0)


@pytest.mark.slow
def test_a_vault_that_takes_no_bytes_is_one_line_and_nothing_is_begun(tmp_path: Path, database_url: str) -> None:
    director("film", "list", home=tmp_path, url=database_url)
    before = counts(database_url)
    (tmp_path / "a.fountain").write_text(PAGE + "She waits here. " * 1000)

    refused = limited("make", str(tmp_path / "a.fountain"), home=tmp_path, url=database_url, file_bytes=5000)

    assert_one_line(refused, f"the vault's folder {tmp_path}/vault takes no file so large")
    assert counts(database_url) == before


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="only root can mount a small disk")
def test_a_full_disk_is_one_line_and_nothing_is_begun(tmp_path: Path, database_url: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False).returncode:
        pytest.skip("mounting is forbidden here")
    try:
        (disk / "filling").write_bytes(bytes(64 << 10))

        refused = director("make", "--idea", "a fox", home=disk / "home", url=database_url)

        assert_one_line(refused, "is full")
        assert counts(database_url) == dict.fromkeys(TABLES, 0)
    finally:
        subprocess.run(["umount", disk], check=True)


def limited(*arguments: str, home: Path, url: str, file_bytes: int) -> "subprocess.CompletedProcess[str]":
    """The command where no file may grow beyond `file_bytes`: a full disk that needs no root."""
    ours = {Env.HOME.value: str(home), Env.DATABASE_URL.value: url}
    infinite = resource.RLIM_INFINITY
    return subprocess.run(
        [sys.executable, "-m", "director_dagster.cli", *arguments],
        env={**os.environ, **ours},  # noqa: TID251 (a child process needs all of it)
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, infinite)),
        capture_output=True,
        text=True,
        check=False,
    )
