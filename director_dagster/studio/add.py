"""Add: files of a user's own become assets, each looked at before anything of it is filed.

A file is copied to a place of our own first, so that what is looked at is what is filed, whatever becomes of the file
meanwhile, and no library is ever given a name that a stranger chose.
"""

import asyncio
import os
import re
import stat
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import assets, blobs, events
from director_dagster.catalog.tables import Asset, AssetKind, AssetSource, AssetType
from director_dagster.errors import BadInput, MediaDamaged, WorkerLost, one_line, storing
from director_dagster.media import sniff
from director_dagster.story import words
from director_dagster.story.rights import UNKNOWN_RIGHTS, Rights
from director_dagster.studio import filing, records, rights
from director_dagster.studio.filing import Filed, Label, Origin
from director_dagster.studio.preserve import put_back
from director_dagster.studio.studio import Studio
from director_dagster.vault.durable import sha256_of

ADDED = "added"
"""What the audit log says of an asset that a user has added."""

NAME_CHARS, TAG_CHARS, TAGS = 200, 60, 50
MOST_FILES = 10_000
CHUNK_BYTES = 1 << 20
LIMITS_BYTES = {"text": 1_000_000, "application": 1_000_000, "image": 200_000_000, "audio": 2 << 30, "video": 8 << 30}
"""By the first word of the media type."""

TYPES: Mapping[str, AssetType] = {"image": "image", "video": "video", "audio": "audio"}
"""By the first word of the media type; all else is a text."""

PROVE_S = 1800.0
"""So long, at most, a file is read; what takes longer was made to take longer."""


TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of letters, also of those behind them."""

KINDS: Mapping[str, AssetKind] = {"application/x-subrip": "subtitle", "text/vtt": "subtitle"}
"""What files of a type are in a film, unless somebody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to stand on the assets.

    Attributes:
        file: How the user's file is called, where it comes under another name.
        source: Whether they are the user's own or come from another program.
        name: For people; None: each is called as its file.
        kind: What they are in a film; None: a script is one, so are subtitles, and all else is ``other``.
        tags: The user's.
        rights: What may be done with them.
    """

    source: AssetSource = "upload"
    name: str | None = None
    file: str | None = None
    kind: AssetKind | None = None
    tags: Sequence[str] = ()
    rights: Rights = UNKNOWN_RIGHTS

    def refuse_nonsense(self) -> None:
        """Raise BadInput for a name or a tag that cannot be."""
        for what, text, most in [
            ("name", self.name or "x", NAME_CHARS),
            *(("tag", tag, TAG_CHARS) for tag in self.tags),
        ]:
            if not words.tidy(text) or len(text) > most or not _is_line(text):
                raise BadInput(f"{text[:80]!r} is no {what}: up to {most} letters on one line")
            if TURNS.search(text):
                raise BadInput(f"{text[:80]!r} is no {what}: it turns the direction of what is written after it")
        if len(self.tags) > TAGS:
            raise BadInput(f"{len(self.tags)} tags: up to {TAGS} are kept")


@dataclass(frozen=True, kw_only=True)
class Added:
    """What became of a file: its asset, and whether that is new, or has its bytes `back`; or why it is refused, in a
    line."""

    file: Path
    asset: Asset | None = None
    new: bool = False
    back: bool = False
    refused: str = ""


async def add(studio: Studio, workspace_id: UUID, paths: Sequence[Path], wish: Wish) -> AsyncIterator[Added]:
    """Make each file an asset, and each file in a folder, one after the other, as they are named; tell of each.

    One that is refused keeps none of the others out. The same bytes twice are one asset: it is as it was, but for tags
    that it lacks, and rights if any are said now; if its bytes were lost they are there again. Raises BadInput for a
    wish that cannot be, with nothing added.
    """
    wish.refuse_nonsense()
    files = await asyncio.to_thread(lambda: list(_files(paths)))
    if wish.name is not None and len(files) != 1:
        raise BadInput(f"one name for {len(files)} files: without --name each is called as its file")
    if len(files) > MOST_FILES:
        raise BadInput(f"{len(files):,} files; up to {MOST_FILES:,} are added at once")
    for file, link in files:
        if link:
            yield Added(file=file, refused="it is a symbolic link; name the file that it leads to")
            continue
        try:
            yield await _add(studio, workspace_id, file, wish)
        except BadInput as exc:
            yield Added(file=file, refused=str(exc))
    await records.note(studio.catalog, studio.vault, workspace_id)


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """The files that are named, and those in folders that are, by name, with whether it is a link in such a folder.
    Hidden ones there are passed over, and no link is followed."""
    for path in paths:
        if not _is_folder(path):
            yield path, False
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            for name in sorted([*links, *(name for name in names if not name.startswith("."))]):
                file = Path(folder) / name
                yield file, file.is_symlink()


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


async def _add(studio: Studio, workspace_id: UUID, file: Path, wish: Wish) -> Added:
    staged = studio.vault.staging(str(new_id()))
    try:
        media_type = await asyncio.to_thread(_copied, file, staged)
        await _prove(studio, staged, media_type)
        digest = await asyncio.to_thread(sha256_of, staged)
        # Of two that add the same bytes at one moment the second finds the first one's asset.
        async with studio.catalog.lock(f"{workspace_id}:add:{digest}"), studio.filing():
            known = await _known(studio, workspace_id, digest, staged, wish)
            if known is not None:
                asset, back = known
                return Added(file=file, asset=asset, back=back)
            filed = await studio.file(staged, media_type)
            return Added(file=file, asset=await _save(studio, workspace_id, file, media_type, filed, wish), new=True)
    finally:
        staged.unlink(missing_ok=True)


def _copied(file: Path, staged: Path) -> str:
    """Copy a file to `staged` and return its media type. Raises BadInput for what is no file, or none that is kept."""
    try:
        # Looked at before it is opened: to open a device may do something, and a pipe would be waited for.
        _refuse_strange(file.stat())
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError as exc:
        raise BadInput("there is no such file") from exc
    except (OSError, ValueError) as exc:
        raise BadInput(f"it cannot be read: {getattr(exc, 'strerror', None) or exc}") from exc
    with os.fdopen(descriptor, "rb") as source:
        before = os.fstat(descriptor)
        _refuse_strange(before)
        media_type = sniff.media_type_of(source.read(sniff.START_BYTES), file.suffix)
        if media_type is None:
            raise BadInput(f"it is none of what is kept: {sniff.KEPT}")
        limit = LIMITS_BYTES[media_type.partition("/")[0]]
        if before.st_size > limit:
            raise BadInput(f"{before.st_size:,} bytes; of {media_type} up to {limit:,} are taken")
        source.seek(0)
        size = _copy(source, staged, limit)
        after = os.fstat(descriptor)
    if (size, after.st_size, after.st_mtime_ns) != (before.st_size, before.st_size, before.st_mtime_ns):
        raise BadInput("it was written to while it was read: add it again when it is whole")
    return media_type


def _refuse_strange(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadInput("it is no file of bytes, but a pipe, a device or a socket")
    if found.st_size == 0:
        raise BadInput("it is empty")


def _copy(source: BinaryIO, staged: Path, limit: int) -> int:
    """How many bytes were copied; one more chunk than `limit` at most, however a file grows."""
    vault, size = f"the vault's folder {staged.parent.parent}", 0
    with storing(vault):
        target = staged.open("wb", buffering=0)
    with target:
        while size <= limit:
            try:
                chunk = source.read(CHUNK_BYTES)
            except OSError as exc:
                raise BadInput(f"it cannot be read: {exc.strerror}") from exc
            if not chunk:
                break
            with storing(vault):
                size += target.write(chunk)
    return size


async def _prove(studio: Studio, staged: Path, media_type: str) -> None:
    try:
        async with asyncio.timeout(PROVE_S):
            await studio.workers.run(sniff.prove, staged, media_type)
    except (MediaDamaged, BadInput) as exc:
        raise BadInput(str(exc).removeprefix(f"{staged.name}: ")) from exc
    except TimeoutError as exc:
        raise BadInput(f"it could not be read to its end in {PROVE_S / 60:.0f} minutes") from exc
    except WorkerLost as exc:
        raise BadInput("the process that read it was killed, twice: it may take more memory than there is") from exc
    if media_type.startswith(("text/", "application/")):
        hidden = words.control(await asyncio.to_thread(staged.read_text, encoding="utf-8"), page=True)
        if hidden:
            raise BadInput(f"it holds the control character U+{ord(hidden[0]):04X}: no text")


async def _known(
    studio: Studio, workspace_id: UUID, digest: str, staged: Path, wish: Wish
) -> tuple[Asset, bool] | None:
    """The workspace's asset with those bytes, as it is when it has been added once more, and whether it had lost them;
    None without one.

    Raises BadInput where it lies in the trash.
    """
    async with studio.catalog.session() as db:
        found = [each for each in await assets.by_digest(db, workspace_id, digest) if each.purged_at is None]
        blob = await blobs.known(db, digest)
    known = next((each for each in found if each.deleted_at is None), None)
    if known is None and found:
        since, which = f"{found[0].deleted_at:%Y-%m-%d}", found[0].id
        raise BadInput(f"it lies in the trash since {since}: restore it there, or by `director assets restore {which}`")
    if known is None or blob is None:
        return None
    gone = not await studio.vault.has(blob.digest, blob.size_bytes)
    if gone:
        await put_back(studio, blob, staged, whence="its user")
    async with studio.catalog.session() as db:
        return await _said_again(studio, db, workspace_id, known.id, wish), gone


async def _said_again(studio: Studio, db: AsyncSession, workspace_id: UUID, asset_id: UUID, wish: Wish) -> Asset:
    asset = await assets.get(db, workspace_id, asset_id)
    lacking = [tag for tag in dict.fromkeys(map(words.tidy, wish.tags)) if tag not in asset.tags]
    if lacking:
        asset = await assets.tag(db, workspace_id, asset_id, [*asset.tags, *lacking])
        await filing.note_again(studio.vault, db, [asset])
    return (
        asset
        if wish.rights == UNKNOWN_RIGHTS
        else await rights.note_of(studio, db, workspace_id, asset_id, wish.rights)
    )


async def _save(studio: Studio, workspace_id: UUID, file: Path, media_type: str, filed: Filed, wish: Wish) -> Asset:
    type_ = _type_of(media_type)
    label = Label(
        workspace_id=workspace_id,
        type=type_,
        kind=wish.kind or KINDS.get(media_type, "script" if type_ == "script" else "other"),
        name=wish.name or _plain(file.stem)[:NAME_CHARS] or "a file",
        prompt="",
        more={"file": wish.file or _plain(file.name)},
        tags=tuple(map(words.tidy, wish.tags)),
    )
    origin = Origin(source=wish.source, rights=wish.rights)
    async with studio.catalog.session() as db:
        asset = await filing.save(studio.vault, db, label=label, origin=origin, filed=filed)
        await events.note(
            db,
            workspace_id=workspace_id,
            what=ADDED,
            subject=str(asset.id),
            asset_id=asset.id,
            details={"digest": asset.digest, "name": asset.name, "source": wish.source},
        )
    return asset


def _type_of(media_type: str) -> AssetType:
    return "script" if media_type == "text/vnd.fountain" else TYPES.get(media_type.partition("/")[0], "text")


def _plain(name: str) -> str:
    """A file's name as text on one line: its bytes may be no text, and what a terminal would obey is spelled out."""
    return one_line(os.fsencode(name).decode("utf-8", "replace")).strip()


def _is_line(text: str) -> bool:
    return words.control(text) is None and not any("\ud800" <= char <= "\udfff" for char in text)
