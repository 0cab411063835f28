"""Questions about members: who signs in by a token, who may, and who may no longer."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import events
from director_dagster.catalog.tables import Member, Workspace
from director_dagster.catalog.tables.base import FRESH
from director_dagster.catalog.tables.members import Role
from director_dagster.errors import BadInput

ADDED, REVOKED = "member added", "member revoked"
"""What the audit log says of a member; its subject is the row's id."""

PREFIX = "director_"
TOKEN_BYTES = 32
NAME_LETTERS = 80


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Who a token belongs to, and the workspace that it opens."""

    member: Member
    workspace: Workspace


async def add(db: AsyncSession, *, workspace_id: UUID, name: str, role: Role, added_by: str) -> tuple[Member, str]:
    """A new member, and the token by which they sign in: it is kept nowhere, so it is told this once.

    Raises BadInput for a name that is taken, empty, longer than 80 letters or with signs that cannot be seen.
    """
    if not (0 < len(name) <= NAME_LETTERS and name.isprintable() and name == name.strip()):
        raise BadInput(f"{name[:NAME_LETTERS]!r} cannot be a name: 1 to {NAME_LETTERS} letters that can be seen")
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    values = {"id": new_id(), "workspace_id": workspace_id, "name": name, "role": role, "added_by": added_by}
    made = insert(Member).values(**values, token_digest=digest(token)).on_conflict_do_nothing().returning(Member)
    member = (await db.scalars(made)).one_or_none()
    if member is None:
        raise BadInput(f"{name!r} is a member already: `director token revoke` first, for another role or token")
    await _tell(db, member, ADDED, name=name, role=role)
    return member, token


async def revoke(db: AsyncSession, *, workspace_id: UUID, name: str) -> Member:
    """From now on nobody signs in as `name`. Raises BadInput when there is no such member."""
    mine = (Member.workspace_id == workspace_id, Member.name == name, Member.revoked_at.is_(None))
    ended = update(Member).where(*mine).values(revoked_at=func.now()).returning(Member)
    member = (await db.scalars(ended, execution_options=FRESH)).one_or_none()
    if member is None:
        raise BadInput(f"no member {name!r} in this workspace: see `director token list`")
    await _tell(db, member, REVOKED, name=name)
    return member


async def listed(db: AsyncSession, workspace_id: UUID) -> Sequence[Member]:
    """All members that there are and were, by name; of one name the latest last."""
    query = select(Member).where(Member.workspace_id == workspace_id).order_by(Member.name, Member.created_at)
    return (await db.scalars(query)).all()


async def signed_in(db: AsyncSession, token: str) -> SignedIn | None:
    """Whose token that is, of all workspaces; None for one that is nobody's or revoked. Index: ix_members_token_digest.

    It is looked up by its digest, so how long that takes says nothing of any token.
    """
    query = (
        select(Member, Workspace)
        .join(Workspace, Workspace.id == Member.workspace_id)
        .where(Member.token_digest == digest(token), Member.revoked_at.is_(None))
    )
    found = (await db.execute(query)).one_or_none()
    return None if found is None else SignedIn(member=found[0], workspace=found[1])


def digest(token: str) -> str:
    """What is kept of a token. It is 256 bits of chance, so a plain SHA-256 of it cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def _tell(db: AsyncSession, member: Member, what: str, **details: str) -> None:
    await events.note(db, workspace_id=member.workspace_id, what=what, subject=str(member.id), details=details)
