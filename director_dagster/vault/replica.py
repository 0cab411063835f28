"""Replicas: further stores of the vault's blobs, each a folder or an S3-compatible bucket, by one library."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit
from uuid import uuid4

import obstore
from obstore import exceptions
from obstore.store import LocalStore, ObjectStore, S3Store

from director_dagster.errors import BadInput, BlobMissing, StorageUnavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig

BLOBS, SIDECARS, QUARANTINE = "sha256", "sidecars", "quarantine"
BUCKET = "s3"
PATIENCE: "ClientConfig" = {
    "connect_timeout": timedelta(seconds=10),
    "read_timeout": timedelta(seconds=30),
    "timeout": timedelta(hours=1),
    "allow_http": True,
}
"""A bucket that says nothing is given up; one that is slow may take as long as a long film needs, which obstore would
cut off after half a minute. One on the same network may be named by http, in AWS_ENDPOINT."""

RETRY = timedelta(seconds=60)
"""So long a bucket that does not answer is asked again."""


class Replica:
    """One more store. What is wrong with it (unreachable, full, closed to us) is StorageUnavailable, at every call.

    It is laid out as the vault is: ``sha256/<two digits>/<digest>``, ``sidecars/…``, ``quarantine/…``.
    """

    def __init__(self, name: str) -> None:
        """`name` is an absolute folder, or ``s3://bucket/prefix``, whose keys and region the AWS variables hold."""
        self.name = name

    @classmethod
    def of(cls, said: str) -> Self:
        """The replica that a user names. Raises BadInput for what is no folder's path and no bucket's address."""
        parts = urlsplit(said)
        if parts.scheme == BUCKET and parts.netloc and "@" not in parts.netloc:
            return cls(f"{BUCKET}://{parts.netloc}{parts.path.rstrip('/')}")
        folder = Path(parts.path if parts.scheme == "file" else said)
        if parts.scheme in {"", "file"} and folder.is_absolute():
            return cls(str(folder))
        raise BadInput(f"{said!r} is no store of copies: name an absolute folder, or s3://bucket/prefix")

    async def put(self, digest: str, source: Path) -> None:
        """Copy the file to where the blob of that digest lies, durably. A second call writes it anew."""
        await self._put(_key(digest), source)

    async def put_sidecar(self, of: str, source: Path) -> None:
        """Copy the file of a sidecar, named by workspace and asset as `sidecars` lists it."""
        await self._put(f"{SIDECARS}/{of}", source)

    async def fetch(self, digest: str, into: Path) -> None:
        """Write the blob of that digest to the file `into`, unproved. Raises BlobMissing."""
        with self._storing(), into.open("wb") as file:
            async for chunk in self._chunks(digest):
                await asyncio.to_thread(file.write, chunk)

    async def hashed(self, digest: str) -> str:
        """The SHA-256 of the bytes that lie there. Raises BlobMissing."""
        found = hashlib.sha256()
        with self._storing():
            async for chunk in self._chunks(digest):
                await asyncio.to_thread(found.update, chunk)
        return found.hexdigest()

    async def sizes(self) -> Mapping[str, int]:
        """The size of every blob that lies there, by digest."""
        return {name.rpartition("/")[2]: size for name, (size, _) in (await self._listed(BLOBS)).items()}

    async def sidecars(self) -> Mapping[str, datetime]:
        """When every sidecar that lies there was written, by workspace and asset: ``<workspace>/<asset>.json``."""
        listed = await self._listed(SIDECARS)
        return {name.removeprefix(f"{SIDECARS}/"): written for name, (_, written) in listed.items()}

    async def is_bare(self) -> bool:
        """Whether it is a folder that is not there, or has nothing in it: so looks a disk that is not mounted."""
        if self.name.startswith(f"{BUCKET}://"):
            return False
        with self._storing():
            return await asyncio.to_thread(_bare, Path(self.name))

    async def set_aside(self, digest: str) -> None:
        """Move damaged bytes out of the way, into the quarantine. Raises BlobMissing."""
        with self._storing():
            await obstore.rename_async(self._store, _key(digest), f"{QUARANTINE}/{digest}.{uuid4().hex[:8]}")

    async def remove(self, digest: str) -> None:
        """Take a blob away for good, and what was set aside of it; a second call changes nothing."""
        aside = [key for key in await self._listed(QUARANTINE) if key.startswith(f"{QUARANTINE}/{digest}.")]
        for key in (_key(digest), *aside):
            with suppress(BlobMissing), self._storing():
                await obstore.delete_async(self._store, key)

    @cached_property
    def _store(self) -> ObjectStore:
        if self.name.startswith(f"{BUCKET}://"):
            return S3Store.from_url(self.name, client_options=PATIENCE, retry_config={"retry_timeout": RETRY})
        return LocalStore(self.name, mkdir=True)

    async def _put(self, key: str, source: Path) -> None:
        with self._storing(nothing_there=not await asyncio.to_thread(source.is_file)):
            await obstore.put_async(self._store, key, source)
            if isinstance(self._store, LocalStore):
                await asyncio.to_thread(_flush, Path(self.name) / key)

    async def _chunks(self, digest: str) -> AsyncIterator[bytes]:
        answer = await obstore.get_async(self._store, _key(digest))
        async for chunk in answer.stream():
            yield bytes(chunk)

    async def _listed(self, prefix: str) -> Mapping[str, tuple[int, datetime]]:
        with self._storing(nothing_there=False):
            return {
                each["path"]: (each["size"], each["last_modified"])
                async for page in obstore.list(self._store, prefix)
                for each in page
            }

    @contextmanager
    def _storing(self, *, nothing_there: bool = True) -> Iterator[None]:
        """`nothing_there`: what is not found may be the copy; else it is the bucket."""
        try:
            yield
        except (exceptions.NotFoundError, FileNotFoundError) as exc:
            if nothing_there:
                raise BlobMissing(f"{self.name} has no such copy") from exc
            raise StorageUnavailable(f"{self.name} is not there: make the bucket, or name another store") from exc
        except (exceptions.BaseError, OSError) as exc:
            raise StorageUnavailable(f"the copies in {self.name} cannot be used: {_first_line(exc)}") from exc


def _key(digest: str) -> str:
    return f"{BLOBS}/{digest[:2]}/{digest}"


def _bare(folder: Path) -> bool:
    return not (folder.is_dir() and any(folder.iterdir()))


def _flush(path: Path) -> None:
    """Make a file and its name durable: obstore leaves that to the system."""
    for each in (path, path.parent, path.parent.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]
