"""Audit: a workspace's log proved event by event, and written out so that it can be proved without the studio."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import chain
from director_dagster.catalog.chain import START, Head
from director_dagster.catalog.queries import events
from director_dagster.catalog.tables import Workspace
from director_dagster.errors import BadInput, LogBroken
from director_dagster.story import wire

FORMAT = 1
KEYS = frozenset(
    [
        *("asset", "at", "details", "film", "generation", "microusd", "previous", "reason"),
        *("run", "seq", "slot", "subject", "what", "who", "workspace"),
    ]
)
"""Of an event; see `catalog/chain.py`."""


@dataclass(frozen=True, kw_only=True)
class Heading:
    """The first line of an export: whose log it is, and where it ends."""

    workspace: str
    name: str
    head: Head

    @property
    def line(self) -> str:
        """As it stands in the file."""
        told = {"audit": FORMAT, "head": str(self.head), "name": self.name, "workspace": self.workspace}
        return wire.canonical(told).decode()

    @classmethod
    def read(cls, line: str, *, where: str) -> "Heading":
        """The heading that a line spells. Raises BadInput for any other line."""
        try:
            told = _json(line, where=where)
        except LogBroken:
            told = {}
        if set(told) != {"audit", "head", "name", "workspace"} or told["audit"] != FORMAT:
            raise BadInput(f"{where}: it does not begin as an export of the audit log does (`director audit export`)")
        return cls(workspace=str(told["workspace"]), name=str(told["name"]), head=parse_head(str(told["head"])))


class Proof:
    """A walk along a chain: each event is proved as it comes, and nothing is kept of it but its number and hash.

    `known` is an end that the chain had once, as some export tells: it must be met on the way.
    """

    def __init__(self, workspace: str, *, known: Head | None = None) -> None:
        self._workspace, self._known = workspace, known
        self.head = Head()

    def take(self, body: Mapping[str, Any], hash_: str) -> None:
        """The next event and its hash. Raises LogBroken, naming the first event that is not as it was."""
        due, seq = self.head.seq + 1, body["seq"]
        if seq != due:
            raise LogBroken(
                f"event {due} is missing: event {seq} stands in its place"
                if seq > due
                else f"event {seq} stands once more, where event {due} should"
            )
        if body["workspace"] != self._workspace:
            raise LogBroken(f"event {seq} is of another workspace, {body['workspace']}")
        if wire.digest(body) != hash_:
            raise LogBroken(f"event {seq} was changed: {_told(body)}, and its hash is of something else")
        if body["previous"] != self.head.hash:
            before = "the beginning" if seq == 1 else f"event {seq - 1}"
            raise LogBroken(f"event {seq} does not follow {before}: one of them is not what was written")
        self.head = Head(seq=seq, hash=hash_)
        if self._known is not None and self._known.seq == seq and self._known != self.head:
            raise LogBroken(f"event {seq} is not the one that {self._known} was: the log was written anew")

    def end(self, said: Head) -> None:
        """There are no more events, and the chain's end is said to be there. Raises LogBroken."""
        if self.head.seq < said.seq:
            raise LogBroken(f"event {self.head.seq + 1} is missing: the log ends before it, and had {said.seq}")
        if self.head.seq > said.seq:
            raise LogBroken(f"event {said.seq + 1} was not appended by the studio: its log ends before it")
        if self.head != said:
            raise LogBroken(f"event {said.seq} is not the last one that the studio wrote: its hash was another")
        if self._known is not None and self._known.seq > self.head.seq:
            raise LogBroken(f"event {self.head.seq + 1} is missing: the log had {self._known.seq} events once")


async def verify(db: AsyncSession, workspace_id: UUID, *, known: Head | None = None) -> Head:
    """Prove a workspace's log in constant memory; its end. `db` is a `snapshot`. Raises LogBroken."""
    proof = Proof(str(workspace_id), known=known)
    async for body, hash_ in events.walk(db, workspace_id):
        proof.take(body, hash_)
    proof.end(await chain.head(db, workspace_id))
    return proof.head


async def export(db: AsyncSession, workspace: Workspace) -> AsyncIterator[str]:
    """The lines of a workspace's log: its heading, then each event in its canonical spelling with its hash. `db` is a
    `snapshot`. What is broken is written out as it is: whoever verifies it is told."""
    head = await chain.head(db, workspace.id)
    yield Heading(workspace=str(workspace.id), name=workspace.slug, head=head).line
    async for body, hash_ in events.walk(db, workspace.id):
        yield wire.canonical({"event": body, "hash": hash_}).decode()


def verify_lines(lines: Iterable[str], *, name: str, known: Head | None = None) -> Heading:
    """Prove an export, line by line; its heading. Raises LogBroken, and BadInput for what is no export."""
    numbered: Iterator[tuple[int, str]] = enumerate(lines, start=1)
    _, first = next(numbered, (1, ""))
    heading = Heading.read(first, where=f"{name}, line 1")
    proof = Proof(heading.workspace, known=known)
    for number, line in numbered:
        body, hash_ = _event(line, where=f"{name}, line {number}")
        proof.take(body, hash_)
    proof.end(heading.head)
    return heading


def parse_head(text: str) -> Head:
    """The end of a chain that ``12:3f…`` spells. Raises BadInput."""
    seq, _, hash_ = text.partition(":")
    whole = seq.isascii() and seq.isdigit() and len(seq) <= len(str(2**63))
    if not whole or len(hash_) != len(START) or set(hash_) - set("0123456789abcdef"):
        raise BadInput(f"{text[:100]!r} is no end of a log: write NUMBER:HASH, as `director audit verify` prints it")
    return Head(seq=int(seq), hash=hash_)


def _event(line: str, *, where: str) -> tuple[Mapping[str, Any], str]:
    told = _json(line, where=where)
    body, hash_ = told.get("event"), told.get("hash")
    if not isinstance(body, dict) or set(body) != KEYS or type(body["seq"]) is not int or not isinstance(hash_, str):
        raise LogBroken(f"{where} is no event: it was changed")
    return body, hash_


def _json(line: str, *, where: str) -> Mapping[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise LogBroken(f"{where} is no JSON: it was changed or cut off") from exc
    if not isinstance(told, dict) or wire.canonical(told) != line.rstrip("\n").encode("utf-8", "surrogatepass"):
        raise LogBroken(f"{where} is not as it was written: it was changed")
    return told


def _told(body: Mapping[str, Any]) -> str:
    return f"it says that {body['who']} did {body['what']!r} to {body['subject']} at {body['at']}"
