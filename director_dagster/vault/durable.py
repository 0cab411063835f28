"""Durable files: written aside, flushed to the disk, and named only then."""

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

CHUNK_BYTES = 1 << 20
FLUSHERS = 8
WRITING = ".tmp"
"""How the names of files end that are being written."""


@contextmanager
def temporary(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file in `folder`, gone afterwards unless it was renamed."""
    name = folder / f".{uuid4().hex}{WRITING}"
    try:
        with name.open("xb") as file:
            yield name, file
    finally:
        name.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    return digest_and_size(path)[0]


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, but what is being written; nothing where there is no folder."""
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []


def copy_durably(source: bytes | Path, file: BinaryIO) -> None:
    """Write bytes, or a file's, into an open file, and flush them to the disk."""
    if isinstance(source, bytes):
        file.write(source)
    else:
        with source.open("rb") as origin:
            while chunk := origin.read(CHUNK_BYTES):
                file.write(chunk)
    file.flush()
    os.fsync(file.fileno())


def digest_and_size(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file's bytes, and how many they are."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def flush_folders(folders: Iterable[Path]) -> None:
    """Make new names in these folders durable."""
    for folder in folders:
        flush(folder)


def flush_all(files: Collection[Path]) -> None:
    """Make the files' bytes durable: side by side, since what waits for the disk at one moment is one write of its
    journal."""
    if len(files) == 1:
        flush(*files)
        return
    with ThreadPoolExecutor(FLUSHERS) as pool:
        list(pool.map(flush, files))


def flush(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk; returns when it is there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
