"""A replica keeps what it is given, in a folder as in a bucket (an S3 on loopback)."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from time import time

import httpx
import pytest
from moto.server import ThreadedMotoServer

from director_dagster.errors import BlobMissing, StorageUnavailable
from director_dagster.vault.replica import Replica

BUCKET = "films"
REEL = os.urandom(6_000_000)
DIGEST = hashlib.sha256(REEL).hexdigest()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    httpx.put(f"{address}/{BUCKET}").raise_for_status()
    yield address
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def replica(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replica:
    """An empty one of each kind."""
    if request.param == "folder":
        return Replica.of(f"file://{tmp_path}/second")
    account = {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s", "REGION": "us-east-1", "ALLOW_HTTP": "true"}
    for name, value in {**account, "ENDPOINT_URL": request.getfixturevalue("s3")}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return Replica.of(f"s3://{BUCKET}/{tmp_path.name}/")


@pytest.fixture
def reel(tmp_path: Path) -> Path:
    file = tmp_path / "reel"
    file.write_bytes(REEL)
    return file


async def test_bytes_are_there_listed_read_and_fetched_again(replica: Replica, reel: Path, tmp_path: Path) -> None:
    assert await replica.sizes() == {}

    await replica.put(DIGEST, reel)
    await replica.put(DIGEST, reel)
    await replica.fetch(DIGEST, tmp_path / "again")

    assert await replica.sizes() == {DIGEST: len(REEL)}
    assert await replica.hashed(DIGEST) == DIGEST
    assert (tmp_path / "again").read_bytes() == REEL


async def test_what_is_set_aside_is_there_no_more_and_not_deleted(replica: Replica, reel: Path, tmp_path: Path) -> None:
    await replica.put(DIGEST, reel)

    await replica.set_aside(DIGEST)

    assert await replica.sizes() == {}
    for gone in (replica.hashed(DIGEST), replica.fetch(DIGEST, tmp_path / "again"), replica.set_aside(DIGEST)):
        with pytest.raises(BlobMissing, match="has no such copy"):
            await gone


async def test_what_is_removed_is_gone_and_so_is_what_was_set_aside_of_it_and_nothing_else(
    replica: Replica, reel: Path
) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    await replica.put(DIGEST, reel)
    await replica.set_aside(DIGEST)
    for digest in (DIGEST, other):
        await replica.put(digest, reel)

    await replica.remove(DIGEST)
    await replica.remove(DIGEST)

    assert await replica.sizes() == {other: len(REEL)}
    assert await replica._listed("quarantine") == {}


async def test_sidecars_are_listed_with_when_they_were_written(replica: Replica, reel: Path) -> None:
    await replica.put_sidecar("workspace/asset.json", reel)

    [(name, written)] = (await replica.sidecars()).items()
    assert name == "workspace/asset.json"
    assert abs(written.timestamp() - time()) < 60


async def test_a_bucket_that_is_not_there_is_one_line(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "hidden", "ENDPOINT_URL": s3}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")

    with pytest.raises(StorageUnavailable, match="the copies in s3://nobodys cannot be used") as refused:
        await Replica.of("s3://nobodys").sizes()

    assert "\n" not in str(refused.value)
    assert "hidden" not in str(refused.value)
