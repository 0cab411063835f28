"""Bags: folders that prove their own contents, as BagIt (RFC 8493) lays them out; ours is a vault with its rows.

``data/sha256`` and ``data/sidecars`` are laid out as the vault is, ``data/rows`` holds a JSON line for each row.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from director_dagster.errors import BadInput, BlobDamaged, BlobMissing, storing
from director_dagster.vault.durable import CHUNK_BYTES

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO, MANIFEST, TAGS = "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
TAG_FILES = ("bagit.txt", INFO, MANIFEST)
OXUM = "Payload-Oxum"
PAYLOAD = re.compile(
    r"data/(sha256/[0-9a-f]{2}/[0-9a-f]{64}|sidecars/[0-9a-f-]{36}/[0-9a-f-]{36}\.json|rows/[a-z_]{1,40}\.jsonl"
    r"|lost\.jsonl)"
)
"""All names that a bag of ours has: none leads out of it, and none needs to be encoded."""
LINE = re.compile(r"(?P<digest>[0-9a-fA-F]{64})[ \t]+\*?(?P<name>\S+)")
TAG_BYTES = 1 << 20
MANIFEST_BYTES = 1 << 30


class BagWriter:
    """A bag that is being written beside its place, and takes it when it is whole. Nothing of it is held in memory but
    the names of its files and their digests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, str] = {}
        self._size_bytes = 0

    def put(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file of the payload."""
        path, hashed = self._folder / "data" / name, hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
                hashed.update(chunk)
                self._size_bytes += len(chunk)
        self._written[f"data/{name}"] = hashed.hexdigest()

    def copy(self, digest: str, source: Path) -> None:
        """Write the blob of that digest from its file, and prove it on the way. Raises BlobMissing, BlobDamaged."""
        name = blob_name(digest)
        before = self._size_bytes
        try:
            self.put(name, _chunks(source))
        except FileNotFoundError as exc:
            raise BlobMissing(f"blob {digest} is not in the vault") from exc
        if self._written[f"data/{name}"] != digest:
            del self._written[f"data/{name}"]
            (self._folder / "data" / name).unlink()
            self._size_bytes = before
            raise BlobDamaged(f"blob {digest} is damaged in the vault")

    def append(self, name: str, chunk: bytes) -> None:
        """Write on at a file of rows."""
        path = self._folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(chunk)

    def close_rows(self) -> None:
        """All rows are written: note their digests."""
        for path in sorted((self._folder / "data" / "rows").iterdir()):
            self._written[f"data/rows/{path.name}"] = _sha256(path)
            self._size_bytes += path.stat().st_size

    def seal(self, info: Mapping[str, str]) -> None:
        """Write what proves the payload, and what is told of it in words."""
        told = {**info, OXUM: f"{self._size_bytes}.{len(self._written)}"}
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._written.items()))
        files = {
            "bagit.txt": DECLARATION,
            INFO: "".join(f"{name}: {value}\n" for name, value in told.items()).encode(),
            MANIFEST: lines.encode("ascii"),
        }
        files[TAGS] = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()).encode()
        for name, data in files.items():
            (self._folder / name).write_bytes(data)


@contextmanager
def writing(target: Path) -> Iterator[BagWriter]:
    """A bag that is at `target` when the block ends well; else nothing is there.

    Raises BadInput where something is already, StorageUnavailable for a place that takes it not.
    """
    with storing(f"the bag {target}"):
        if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
            raise BadInput(f"{target}: something is there already; a bag is written to a new or an empty folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part"))
        try:
            (part / "data" / "rows").mkdir(parents=True)
            yield BagWriter(part)
            part.chmod(0o755)
            os.sync()
            part.replace(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


@dataclass(frozen=True, kw_only=True)
class Bag:
    """A bag that was proved.

    Attributes:
        folder: Where it is.
        info: What is told of it in words.
        names: The files of its payload, without ``data/``.
    """

    folder: Path
    info: Mapping[str, str]
    names: frozenset[str]

    @property
    def digests(self) -> frozenset[str]:
        """Of the blobs that it holds."""
        return frozenset(PurePosixPath(name).name for name in self.names if name.startswith("sha256/"))

    def path(self, name: str) -> Path:
        """Where a file of the payload is."""
        return self.folder / "data" / name


def blob_name(digest: str) -> str:
    """What the file of a blob is called in a bag."""
    return f"sha256/{digest[:2]}/{digest}"


def prove(folder: Path) -> Bag:
    """Read a bag to its end: it has just the files that its manifest names, each with its digest.

    Nothing outside of it is opened, whatever its manifest says: there are no links in it, and no other names than ours.
    Raises BadInput for what is no such bag, is incomplete or damaged.
    """
    with storing(f"the bag {folder}"):
        if not (folder / "bagit.txt").is_file():
            raise BadInput(f"{folder}: there is no bag; one has a file bagit.txt")
        files = _walk(folder)
        info = _info(_read(folder / INFO, TAG_BYTES)) if INFO in files else {}
        _declared(folder)
        payload = {name for name in files if name.startswith("data/")}
        manifest = _manifest(folder, MANIFEST, PAYLOAD)
        _compare(folder, manifest, payload)
        tags = _manifest(folder, TAGS, re.compile("|".join(map(re.escape, TAG_FILES))))
        _compare(folder, tags, files - payload - {TAGS})
        _compare_size(folder, info, payload)
        for name, digest in sorted({**tags, **manifest}.items()):
            if _sha256(folder / name) != digest:
                raise BadInput(f"{folder}: {name} is damaged: it is not what the manifest says")
            if name.startswith("data/sha256/") and (name[12:14], name[15:]) != (digest[:2], digest):
                raise BadInput(f"{folder}: {name} has another digest than its name says")
        return Bag(folder=folder, info=info, names=frozenset(name.removeprefix("data/") for name in payload))


def _walk(folder: Path) -> set[str]:
    """All files of the folder. Raises BadInput for a link, or for what has no place in a bag of ours."""
    found = set()
    for where, folders, files in os.walk(folder, followlinks=False):
        for name in (*folders, *files):
            path = Path(where, name)
            told = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise BadInput(f"{folder}: {told} is a link, or no file; there are none in a bag")
            if path.is_file():
                found.add(told)
    strange = sorted(name for name in found if name not in {*TAG_FILES, TAGS} and PAYLOAD.fullmatch(name) is None)
    if strange:
        raise BadInput(f"{folder}: {strange[0]} has no place in a bag of `director export`")
    return found


def _declared(folder: Path) -> None:
    told = _info(_read(folder / "bagit.txt", TAG_BYTES))
    if told.get("Tag-File-Character-Encoding", "").upper() != "UTF-8" or told.get("BagIt-Version") not in {
        "0.97",
        "1.0",
    }:
        raise BadInput(f"{folder}: bagit.txt declares no BagIt-Version 1.0 in UTF-8")


def _manifest(folder: Path, name: str, names: re.Pattern[str]) -> dict[str, str]:
    """The digests that a manifest tells, by file. Raises BadInput for a name that has no place in a bag of ours."""
    told: dict[str, str] = {}
    for number, line in enumerate(_read(folder / name, MANIFEST_BYTES).splitlines(), start=1):
        match = LINE.fullmatch(line)
        if match is None or names.fullmatch(match["name"]) is None:
            raise BadInput(
                f"{folder}: {name}, line {number}: names no file of a bag of `director export`: {line[:200]}"
            )
        if match["name"] in told:
            raise BadInput(f"{folder}: {name}, line {number}: {match['name']} is named twice")
        told[match["name"]] = match["digest"].lower()
    return told


def _compare(folder: Path, told: Mapping[str, str], there: set[str]) -> None:
    missing, strange = sorted(set(told) - there), sorted(there - set(told))
    if missing:
        raise BadInput(f"{folder}: the bag is incomplete: {missing[0]} is missing ({len(missing)} files in all)")
    if strange:
        raise BadInput(f"{folder}: {strange[0]} is in no manifest ({len(strange)} files in all)")


def _compare_size(folder: Path, info: Mapping[str, str], payload: set[str]) -> None:
    size = sum((folder / name).stat().st_size for name in payload)
    if info.get(OXUM) != f"{size}.{len(payload)}":
        raise BadInput(f"{folder}: {OXUM} is {info.get(OXUM)}, and there are {size} bytes in {len(payload)} files")


def _info(data: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in data.splitlines() if line[:1].strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _read(path: Path, limit_bytes: int) -> str:
    try:
        if path.stat().st_size > limit_bytes:
            raise BadInput(f"{path}: {path.stat().st_size:,} bytes; up to {limit_bytes:,} are read")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise BadInput(f"{path.parent}: the bag is incomplete: {path.name} is missing") from exc
    except UnicodeDecodeError as exc:
        raise BadInput(f"{path}: it is no UTF-8 text") from exc


def _chunks(source: Path) -> Iterator[bytes]:
    file = source.open("rb")  # now, not at the first chunk: what is not there makes no file
    return _read_on(file)


def _read_on(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
