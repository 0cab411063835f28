"""`director voice`: whose voice a character has at which provider."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.cli.home import ask, json_option, put, say, table, with_studio, workspace_option
from director_dagster.errors import BadInput
from director_dagster.settings import user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.queries.voices import Chosen

SHOWN = ("character", "provider", "voice", "consent", "until", "ended")


@click.group("voice")
def command() -> None:
    """Choose and list the voices of characters. Where none is chosen, the studio casts one that fits the look."""


@command.command("set")
@click.argument("character")
@click.argument("voice", metavar="PROVIDER:VOICE_ID")
@workspace_option
@json_option
def set_(character: str, voice: str, workspace: str, *, as_json: bool) -> None:
    """Let CHARACTER have that voice whenever that provider speaks, in every film of the workspace.

    A second call replaces it. Lines that the provider has spoken in another voice are spoken anew when their films are
    made again; those of other providers stay.
    """
    from director_dagster.cli.crew import opened
    from director_dagster.studio import voices

    with opened() as providers:

        async def changed(db: "AsyncSession", workspace_id: UUID) -> dict[str, Any]:
            row = await voices.choose(db, providers, workspace_id, character.strip(), voice, by=user())
            return {"character": row.name, "provider": voice.partition(":")[0], "voice": voice.partition(":")[2]}

        row = ask(changed, workspace=workspace, changes=True)
    if as_json:
        put([row])
    else:
        say(f"{row['character']} has the voice {row['voice']} wherever {row['provider']} speaks")


@command.command("withdraw")
@click.argument("character")
@click.argument("provider")
@workspace_option
def withdraw(character: str, provider: str, workspace: str) -> None:
    """Whoever gave their voice takes it back: CHARACTER's cloned voice at PROVIDER speaks no more, from now on.

    So for all characters that have the same voice. What it has said stays, with the audit log's word of both.
    """

    async def ended(db: "AsyncSession", workspace_id: UUID) -> "Sequence[str]":
        from director_dagster.studio import voices

        return await voices.withdraw(db, workspace_id, character.strip(), provider, by=user())

    names = ask(ended, workspace=workspace, changes=True)
    whose = ", ".join(names)
    say(f"{whose}: that voice is not used any more" if names else f"{character}: that consent has ended already")


@command.command("list")
@click.option("--character", help="Of this one alone.")
@workspace_option
@json_option
def listed(character: str | None, workspace: str, *, as_json: bool) -> None:
    """The voices that were chosen, and by whose consent a cloned one is used, until when."""

    async def rows_of(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        from director_dagster.catalog.queries import characters, voices

        only = None
        if character is not None:
            row = await characters.find(db, workspace_id=workspace_id, kind="character", name=character)
            if row is None:
                raise BadInput(f"there is no character {character!r}; `director character list` names those there are")
            only = [row.id]
        return [_row(each) for each in await voices.in_use(db, workspace_id, character_ids=only)]

    rows = ask(rows_of, workspace=workspace)
    if as_json:
        put(rows)
    elif rows:
        table(SHOWN, ([row[column] for column in SHOWN] for row in rows))
    else:
        say("no voice was chosen: the studio casts those that fit; `director voice set` chooses one")


@command.command("clone")
@click.argument("character")
@click.option("--provider", required=True, help="Who clones it: elevenlabs or minimax.")
@click.option("--sample", "samples", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="WAV or MP3.")
@click.option("--consent", "words", help="Who has given their voice, and for what.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The last day of that consent.")
@workspace_option
@json_option
def clone(
    character: str,
    provider: str,
    samples: tuple[Path, ...],
    words: str | None,
    until: datetime | None,
    workspace: str,
    *,
    as_json: bool,
) -> None:
    """Clone a voice for CHARACTER from samples of it, with the consent of whose voice it is.

    The consent is noted, with who noted it; when it has ended, the voice speaks no more. The same samples again are not
    cloned again: what is said of the consent then goes for the voice.
    """
    from director_dagster.cli.recurring import workspace_id_of
    from director_dagster.studio import clone as cloning

    last = None if until is None else until.date()
    given = cloning.consent(words, last, today=datetime.now(UTC).date(), by=user())
    workspace_id = workspace_id_of(workspace)
    made = with_studio(
        lambda studio: cloning.clone(
            studio, workspace_id, character.strip(), provider=provider, samples=samples, given=given
        )
    )
    if as_json:
        put([{"voice": made.voice_id, "asset": made.asset.id, "new": not made.owned, "unverified": made.unverified}])
        return
    say(f"{character} has the voice {made.voice_id} wherever {provider} speaks, until {given.until}")
    if made.unverified:
        say(f"{provider} wants to be shown first that the voice is yours: look into your account there")
    if made.unused_days is not None and not made.owned:
        say(f"{provider} drops a voice that has not spoken within {made.unused_days} days: let it say a line before")


def _row(chosen: "Chosen") -> dict[str, Any]:
    voice = chosen.voice
    return {
        "character": chosen.character.name,
        "provider": voice.provider,
        "voice": voice.voice_id,
        "consent": voice.consent,
        "until": voice.consent_until,
        "ended": "ended" if chosen.ended else "",
        "noted_by": voice.noted_by,
        "noted": f"{voice.created_at:%Y-%m-%d %H:%M:%S}",
        "asset": voice.asset_id,
    }
