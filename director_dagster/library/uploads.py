"""Files that people bring to the library: each becomes an asset, once it is seen to be what is kept."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from pydantic import BaseModel, Field

from director_dagster.catalog.tables import AssetKind
from director_dagster.errors import storing
from director_dagster.library.address import Text
from director_dagster.library.labels import JOINERS
from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import Asking, Open
from director_dagster.story import words
from director_dagster.studio.add import NAME_CHARS, Added, Wish, add

MOST_BYTES = 2 << 30
MOST_FILES, MOST_TAGS = 100, 20

SENT_AS = {"%22": '"', "%0D": "\r", "%0A": "\n"}
"""How browsers send what would end a name in the middle: the HTML Standard, "Multipart form data"."""

router = APIRouter(prefix="/api/v1", tags=["library"], responses=ANSWERS)


class Uploads(BaseModel):
    """The files, what they are in a film, and their tags."""

    files: Annotated[list[UploadFile], Field(min_length=1, max_length=MOST_FILES)]
    kind: AssetKind | None = None
    tag: Annotated[list[Text], Field(max_length=MOST_TAGS)] = []


class AddedOut(BaseModel):
    """What became of a file: its asset, and whether that is new, or has its bytes `back`; or why it is refused."""

    file: str
    asset: UUID | None
    new: bool
    back: bool
    refused: str


@router.post("/uploads", max_body_size=MOST_BYTES)
async def upload(
    said: Annotated[Uploads, Form(media_type="multipart/form-data")], opened: Open, reader: Asking
) -> list[AddedOut]:
    """Make each file an asset. The same bytes twice are one; one that is refused keeps none of the others out.

    No name that somebody sends becomes a file's name here.
    """
    reader.require("artist")
    studio = opened.studio_of(reader)
    staging = studio.vault.staging("upload").parent
    found = []
    with storing(f"the vault's folder {staging}"), tempfile.TemporaryDirectory(dir=staging) as folder:
        for number, file in enumerate(said.files):
            name = seen_name(file.filename or "")
            copy = Path(folder) / f"{number}{_ending(name)}"
            await asyncio.to_thread(_copy, file, copy)
            wish = Wish(name=name.rpartition(".")[0] or name, file=name, kind=said.kind, tags=said.tag)
            found += [_told(name, each) async for each in add(studio, reader.workspace.id, [copy], wish)]
    return found


def _copy(file: UploadFile, target: Path) -> None:
    with target.open("wb") as copy:
        shutil.copyfileobj(file.file, copy)


def seen_name(said: str) -> str:
    """A file's name as people see it: without folders, control characters and halves of letters."""
    for sent, meant in SENT_AS.items():
        said = said.replace(sent, meant)
    last = said.replace("\\", "/").rpartition("/")[2]
    seen = "".join(char for char in last if char in JOINERS or (char.isprintable() and not words.control(char)))
    return seen.strip()[:NAME_CHARS].strip(".") or "a file"


def _ending(name: str) -> str:
    """What tells one text from another; of anything that is no plain word, none."""
    ending = name.rpartition(".")[2].casefold()
    return (
        f".{ending}" if "." in name and ending.isascii() and ending.isalnum() and len(ending) <= len("fountain") else ""
    )


def _told(name: str, each: Added) -> AddedOut:
    asset = None if each.asset is None else each.asset.id
    return AddedOut(file=name, asset=asset, new=each.new, back=each.back, refused=each.refused)
