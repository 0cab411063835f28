"""The vault: bytes filed under their own SHA-256, and a JSON sidecar for each asset."""

import asyncio
import hashlib
import json
import os
import re
import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar
from uuid import uuid4

from director_dagster.errors import BlobDamaged, BlobMissing, NotInVault, storing
from director_dagster.vault.durable import (
    WRITING,
    copy_durably,
    digest_and_size,
    entries,
    flush_all,
    flush_folders,
    temporary,
)

P = ParamSpec("P")
R = TypeVar("R")

JOURNAL = "journal.jsonl"
PART = ".part"
"""How the names of downloads under way end."""

ABANDONED_S = 86_400.0
URL = re.compile(r"vault:sha256/(?P<digest>[0-9a-f]{64})\.(?P<extension>[a-z0-9]{1,8})")


@dataclass(frozen=True, kw_only=True)
class Blob:
    """Bytes that are in the vault."""

    digest: str
    size_bytes: int
    extension: str

    @property
    def url(self) -> str:
        """What a row points to: no host and no path, e.g. ``vault:sha256/9f86….mp4``."""
        return f"vault:sha256/{self.digest}.{self.extension}"


def digest_of(url: str) -> str:
    """The digest that a vault url names. Raises NotInVault for any other url."""
    match = URL.fullmatch(url)
    if match is None:
        raise NotInVault(f"{url!r} is no address in the vault; they read vault:sha256/<digest>.<extension>")
    return match["digest"]


class Vault:
    """A folder of blobs, sidecars and downloads under way.

    What is found damaged at a reading is set aside, never deleted, and from then on it is missing: so that it can be
    made or fetched again, and looked into. `remove` alone takes anything away.

    A folder that is full, read-only, closed to us or on a disk that fails is StorageUnavailable, at every call.

    Each write is durable when it returns: written aside, flushed to the disk, renamed, and the folder flushed. The
    address is taken from the file that was written, so it is proved by the very bytes that are kept.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._blobs = root / "sha256"
        self._sidecars = root / "sidecars"
        self._staging = root / "staging"
        self._quarantine = root / "quarantine"
        self._flushed = set[Path]()

    async def put(self, source: bytes | Path, extension: str) -> Blob:
        """File bytes, or a file's, and return their address; the same bytes twice are one blob."""
        return await self._at_work(self._put, source, extension)

    async def has(self, digest: str, size_bytes: int) -> bool:
        """Whether the blob is there with that size; its bytes are not read."""
        return await self._at_work(self._has, digest, size_bytes)

    async def those_there(self, sizes: Mapping[str, int]) -> set[str]:
        """As `has`, of many: the digests of those that are there with their size."""
        return await self._at_work(self._those_there, sizes)

    async def those_sound(self, digests: Sequence[str]) -> set[str]:
        """The digests of those whose bytes are there and are what they should be; nothing is set aside."""
        return await self._at_work(self._those_sound, digests)

    async def read(self, url: str) -> bytes:
        """The bytes, checked against their digest. Raises BlobMissing, BlobDamaged, NotInVault."""
        return await self._at_work(self._read, url)

    async def path(self, url: str) -> Path:
        """Where the bytes are, checked against their digest; for reading only. Raises as `read`."""
        return await self._at_work(self._verified, url)

    async def sizes(self) -> Mapping[str, int]:
        """The size of every blob that lies here, by digest; their bytes are not read."""
        return await self._at_work(self._sizes)

    async def sidecars(self) -> Mapping[str, Path]:
        """The file of every sidecar, by workspace and asset: ``<workspace>/<asset>.json``."""
        return await self._at_work(self._all_sidecars)

    async def remove(self, digest: str) -> None:
        """Take a blob away for good, and what was set aside of it; a second call changes nothing.

        To be called where nobody files the same bytes.
        """
        await self._at_work(self._remove, digest)

    def locate(self, digest: str) -> Path:
        """Where a blob of that digest is, or would be; nothing is checked."""
        return self._blobs / digest[:2] / digest

    def staging(self, name: str) -> Path:
        """A place for a download under way; what is there survives a crash until it is filed or dropped."""
        with storing(f"the vault's folder {self.root}"):
            self._staging.mkdir(parents=True, exist_ok=True)
        return self._staging / name

    def staged(self, name: str) -> list[Path]:
        """What lies in that staging place, and beside it under longer names."""
        return sorted(self._staging.glob(f"{name}*"))

    async def sweep(self) -> int:
        """Drop the halves of files that nobody has been writing to for a day: how many. What was downloaded to its end
        stays until it is filed."""
        return await self._at_work(self._sweep)

    async def stage(self, place: Path, data: bytes) -> None:
        """Write bytes to a staging place, to be looked at before they are filed."""
        await self._at_work(place.write_bytes, data)

    async def note(self, name: str, record: Mapping[str, Any]) -> None:
        """Keep a record in a staging place, durably; a second call replaces it."""
        await self._at_work(self._write_all, {self.staging(name): _text(record)})

    async def noted(self, name: str) -> Mapping[str, Any] | None:
        """The record of a staging place, or None. Raises BlobDamaged when it is no JSON."""
        try:
            return await self._at_work(self._read_sidecar, self.staging(name))
        except BlobMissing:
            return None

    async def put_sidecar(self, workspace: str, asset: str, record: Mapping[str, Any]) -> None:
        """As `put_sidecars`, of one."""
        await self.put_sidecars({(workspace, asset): record})

    async def put_sidecars(self, records: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        """Keep the JSON from which assets' rows can be made anew, by workspace and asset; a second call replaces it."""
        texts = {self._sidecar(*of): _text(record) for of, record in records.items()}
        await self._at_work(self._write_all, texts)

    async def sidecar(self, workspace: str, asset: str) -> Mapping[str, Any]:
        """The asset's record. Raises BlobMissing without one, BlobDamaged when it is no JSON."""
        return await self._at_work(self._read_sidecar, self._sidecar(workspace, asset))

    async def journal_tail(self, workspace: str, lines: int) -> Sequence[Mapping[str, Any]]:
        """The last lines of the workspace's journal as it is kept beside the sidecars; none where it is not yet."""
        return await self._at_work(self._journal_tail, self._journal(workspace), lines)

    async def continue_journal(self, workspace: str, lines: Sequence[Mapping[str, Any]]) -> None:
        """Keep further lines of the workspace's journal, durably."""
        await self._at_work(self._append, self._journal(workspace), b"".join(map(_text, lines)))

    async def _at_work(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `work` returns, done in a thread; the one place where errors of the file system become ours."""
        with storing(f"the vault's folder {self.root}"):
            return await asyncio.to_thread(work, *args, **kwargs)

    def _sweep(self) -> int:
        before_s = time.time() - ABANDONED_S
        halves = (*self._staging.glob(f"*{PART}"), *self._blobs.glob(f".*{WRITING}"))
        left = [half for half in halves if half.stat().st_mtime < before_s]
        for half in left:
            half.unlink(missing_ok=True)
        return len(left)

    def _sidecar(self, workspace: str, asset: str) -> Path:
        return self._sidecars / workspace / f"{asset}.json"

    def _journal(self, workspace: str) -> Path:
        return self._sidecars / workspace / JOURNAL

    def _journal_tail(self, path: Path, lines: int) -> list[Mapping[str, Any]]:
        """A line that was being written when its writer died is cut off, and a journal that is damaged is set aside."""
        if not path.is_file():
            return []
        tail: deque[bytes] = deque(maxlen=lines)
        with path.open("r+b") as file:
            size = 0
            for line in file:
                if line.endswith(b"\n"):
                    size += len(line)
                    tail.append(line)
            file.truncate(size)
        try:
            return [json.loads(line) for line in tail]
        except ValueError:
            self._quarantine.mkdir(exist_ok=True)
            path.replace(self._quarantine / f"{path.parent.name}.{path.name}.{uuid4().hex[:8]}")
            return []

    def _append(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        flush_folders({path.parent})

    def _put(self, source: bytes | Path, extension: str) -> Blob:
        self._blobs.mkdir(parents=True, exist_ok=True)
        with temporary(self._blobs) as (name, file):
            copy_durably(source, file)
            digest, size = digest_and_size(name)
            target = self.locate(digest)
            if not self._sound(target, digest):
                name.chmod(0o444)
                if target.is_dir():
                    self._move_aside(target, digest)
                self._rename(name, target)
        return Blob(digest=digest, size_bytes=size, extension=extension)

    def _rename(self, name: Path, target: Path) -> None:
        """The folder of a folder is flushed once by each process: whoever made it may have died before."""
        folder = target.parent
        folder.mkdir(exist_ok=True)
        name.replace(target)
        flush_folders({folder} if folder in self._flushed else {folder, folder.parent})
        self._flushed.add(folder)

    def _remove(self, digest: str) -> None:
        target = self.locate(digest)
        gone = [file for file in (target, *self._quarantine.glob(f"{digest}.*")) if file.exists()]
        for file in gone:
            if file.is_dir():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)
        flush_folders({file.parent for file in gone})

    def _sound(self, path: Path, digest: str) -> bool:
        try:
            return path.is_file() and digest_and_size(path)[0] == digest
        except FileNotFoundError:
            return False  # it was purged meanwhile

    def _has(self, digest: str, size_bytes: int) -> bool:
        try:
            return self.locate(digest).stat().st_size == size_bytes
        except FileNotFoundError:
            return False

    def _those_there(self, sizes: Mapping[str, int]) -> set[str]:
        return {digest for digest, size_bytes in sizes.items() if self._has(digest, size_bytes)}

    def _those_sound(self, digests: Sequence[str]) -> set[str]:
        return {digest for digest in digests if self._sound(self.locate(digest), digest)}

    def _sizes(self) -> Mapping[str, int]:
        return {
            file.name: file.stat().st_size
            for folder in entries(self._blobs)
            if folder.is_dir()
            for file in entries(Path(folder.path))
            if file.is_file()
        }

    def _all_sidecars(self) -> Mapping[str, Path]:
        return {
            f"{folder.name}/{file.name}": Path(file.path)
            for folder in entries(self._sidecars)
            for file in entries(Path(folder.path))
        }

    def _read(self, url: str) -> bytes:
        digest = digest_of(url)
        try:
            data = self.locate(digest).read_bytes()
        except (FileNotFoundError, IsADirectoryError) as exc:
            raise BlobMissing(f"{url} is not in the vault") from exc
        if hashlib.sha256(data).hexdigest() != digest:
            self._set_aside(url, digest)
        return data

    def _verified(self, url: str) -> Path:
        digest = digest_of(url)
        path = self.locate(digest)
        if not path.is_file():
            raise BlobMissing(f"{url} is not in the vault")
        if not self._sound(path, digest):
            self._set_aside(url, digest)
        return path

    def _move_aside(self, path: Path, digest: str) -> None:
        self._quarantine.mkdir(exist_ok=True)
        path.replace(self._quarantine / f"{digest}.{uuid4().hex[:8]}")

    def _set_aside(self, url: str, digest: str) -> NoReturn:
        self._move_aside(self.locate(digest), digest)
        raise BlobDamaged(f"{url} was damaged and is set aside in {self._quarantine.name}/: make it again")

    def _write_all(self, files: Mapping[Path, bytes]) -> None:
        for folder in {file.parent for file in files}:
            folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            aside: dict[Path, Path] = {}
            for target, data in files.items():
                name, file = stack.enter_context(temporary(target.parent))
                with file:
                    file.write(data)
                aside[name] = target
            flush_all(aside)
            for name, target in aside.items():
                name.replace(target)
        flush_folders({folder for file in files for folder in (file.parent, file.parent.parent)})

    def _read_sidecar(self, path: Path) -> Mapping[str, Any]:
        try:
            record: Mapping[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError as exc:
            raise BlobMissing(f"the vault has no sidecar {path.stem}") from exc
        except ValueError as exc:
            raise BlobDamaged(f"the sidecar {path.stem} is no JSON") from exc
        return record


class Overlay(Vault):
    """A vault to try things in: what is put goes to a folder of its own, what is read may lie in the one below."""

    def __init__(self, root: Path, below: Vault) -> None:
        super().__init__(root)
        self._below = below

    def locate(self, digest: str) -> Path:
        """Where a blob of that digest is: here, else below."""
        here = super().locate(digest)
        there = self._below.locate(digest)
        return there if there.exists() else here


def _text(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8")
