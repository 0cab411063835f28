"""The vault keeps what it was given, proves it at each reading, and never shows half of anything."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from director_dagster.errors import BlobDamaged, BlobMissing, NotInVault
from director_dagster.vault.store import Vault, digest_of


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


async def test_what_is_removed_is_gone_with_what_was_set_aside_of_it_and_nothing_else(vault: Vault) -> None:
    blob, other = await vault.put(b"reel", "bin"), await vault.put(b"other", "bin")
    file = vault.locate(blob.digest)
    file.chmod(0o644)
    file.write_bytes(b"rotten")
    with pytest.raises(BlobDamaged):
        await vault.read(blob.url)
    await vault.put(b"reel", "bin")

    await vault.remove(blob.digest)
    await vault.remove(blob.digest)

    assert await vault.sizes() == {other.digest: other.size_bytes}
    assert list((vault.root / "quarantine").iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(data=st.binary(max_size=5000))
async def test_bytes_come_back_under_their_own_digest(vault: Vault, data: bytes) -> None:
    blob = await vault.put(data, "bin")

    assert blob.digest == hashlib.sha256(data).hexdigest()
    assert blob.size_bytes == len(data)
    assert await vault.read(blob.url) == data
    assert (await vault.path(blob.url)).read_bytes() == data


async def test_a_file_is_filed_as_its_bytes_are(vault: Vault, tmp_path: Path) -> None:
    source = tmp_path / "reel.mp4"
    source.write_bytes(b"reel" * 700_000)

    blob = await vault.put(source, "mp4")

    assert blob == await vault.put(source.read_bytes(), "mp4")
    assert source.exists()


async def test_the_same_bytes_twice_are_one_blob(vault: Vault) -> None:
    first = await vault.put(b"once", "txt")
    second = await vault.put(b"once", "txt")

    assert first == second
    assert [path for path in (vault.root / "sha256").rglob("*") if path.is_file()] == [vault.locate(first.digest)]


async def test_halves_of_files_are_swept_away_when_nobody_has_been_writing_them_for_a_day(vault: Vault) -> None:
    kept = await vault.put(b"reel", "mp4")
    places = [vault.staging(name) for name in ("a", "b.1.part", "c.2.part")]
    places.append(vault.locate(kept.digest).parents[1] / ".d.tmp")
    for place in places:
        place.write_bytes(b"half of")
        if place.name != "c.2.part":
            os.utime(place, (0, 0))

    swept = [await vault.sweep() for _ in range(2)]

    assert swept == [2, 0]
    assert [place.name for place in places if place.exists()] == ["a", "c.2.part"]
    assert await vault.read(kept.url) == b"reel"


async def test_missing_bytes_are_said_to_be_missing(vault: Vault) -> None:
    url = f"vault:sha256/{'0' * 64}.png"

    with pytest.raises(BlobMissing):
        await vault.read(url)
    with pytest.raises(BlobMissing):
        await vault.path(url)
    assert not await vault.has("0" * 64, 0)


@pytest.mark.parametrize("reading", [Vault.read, Vault.path])
async def test_changed_bytes_are_noticed_set_aside_and_healed_by_filing_the_good_ones(
    vault: Vault, reading: Callable[[Vault, str], Awaitable[object]]
) -> None:
    blob = await vault.put(b"good", "txt")
    path = vault.locate(blob.digest)
    path.chmod(0o644)
    path.write_bytes(b"evil")

    with pytest.raises(BlobDamaged, match="set aside"):
        await reading(vault, blob.url)
    with pytest.raises(BlobMissing):
        await reading(vault, blob.url)
    await vault.put(b"good", "txt")

    assert await vault.read(blob.url) == b"good"
    assert [file.read_bytes() for file in (vault.root / "quarantine").iterdir()] == [b"evil"]


async def test_filing_good_bytes_over_damaged_ones_heals_them(vault: Vault) -> None:
    blob = await vault.put(b"good", "txt")
    vault.locate(blob.digest).chmod(0o644)
    vault.locate(blob.digest).write_bytes(b"evil")

    await vault.put(b"good", "txt")

    assert await vault.read(blob.url) == b"good"


async def test_a_folder_that_stands_where_a_blob_was_is_no_blob_and_makes_way_for_it(vault: Vault) -> None:
    blob = await vault.put(b"reel", "bin")
    vault.locate(blob.digest).unlink()
    vault.locate(blob.digest).mkdir()

    with pytest.raises(BlobMissing):
        await vault.read(blob.url)
    with pytest.raises(BlobMissing):
        await vault.path(blob.url)
    there = await vault.sizes()
    await vault.put(b"reel", "bin")
    back = await vault.read(blob.url)
    await vault.remove(blob.digest)

    assert (there, back) == ({}, b"reel")
    assert list((vault.root / "quarantine").iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.com/a.png",
        "vault:sha256/../../etc/passwd",
        f"vault:sha256/{'0' * 63}.png",
        f"vault:sha256/{'0' * 64}",
        f"vault:sha256/{'0' * 64}.png\n",
        f"vault:sha256/{'A' * 64}.png",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(NotInVault):
        digest_of(url)


async def test_a_sidecar_is_replaced_whole_and_read_back(vault: Vault) -> None:
    await vault.put_sidecar("w", "a", {"name": "old"})
    await vault.put_sidecar("w", "a", {"name": "Маяк"})

    assert await vault.sidecar("w", "a") == {"name": "Маяк"}


async def test_a_damaged_or_missing_sidecar_says_so(vault: Vault) -> None:
    await vault.put_sidecar("w", "a", {"name": "x"})
    (vault.root / "sidecars" / "w" / "a.json").write_bytes(b"{")

    with pytest.raises(BlobDamaged):
        await vault.sidecar("w", "a")
    with pytest.raises(BlobMissing):
        await vault.sidecar("w", "b")


KILLED_WHILE_FILING = """
import asyncio, os, pathlib, signal, sys
from director_dagster.vault.store import Vault
replace = pathlib.Path.replace
def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)
pathlib.Path.replace = die
asyncio.run(Vault(pathlib.Path(sys.argv[1])).put(b"bytes", "txt"))
"""


async def test_a_process_killed_while_filing_leaves_no_blob(vault: Vault) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_FILING, str(vault.root)], check=False)

    assert killed.returncode == -9
    assert not await vault.has(hashlib.sha256(b"bytes").hexdigest(), 5)
    assert (await vault.put(b"bytes", "txt")).size_bytes == 5


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_an_unwritable_vault_leaves_nothing_behind(vault: Vault, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            await vault.put(b"bytes", "txt")
    finally:
        tmp_path.chmod(0o700)
