"""Voices that were chosen: who speaks by which, what stays when another is chosen, and what an ended consent ends."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from director_dagster.catalog.queries import events, films, voices
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.queries.voices import Consent
from director_dagster.errors import BadInput
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story.brief import of_idea
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio import filing
from director_dagster.studio.commission import commission
from director_dagster.studio.filing import Label, Origin
from director_dagster.studio.piece import Piece
from director_dagster.studio.report import PiecesFailed
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio, open_studio
from director_dagster.studio.voices import choose, chosen, withdraw
from director_dagster_tests.studio.bench import Bench, open_bench

FILM = FilmKey(workspace="home", film="a-fox")
SAID_BY = "SELECT provider, request->'params'->>'chosen' FROM generations WHERE operation = 'line' ORDER BY id"


@dataclass(frozen=True)
class Booth:
    """A film with one line of Anna's, and two who can speak it."""

    studio: Studio
    workspace_id: UUID

    async def let(self, provider: str, voice_id: str, consent: Consent | None = None) -> UUID:
        """Anna, with that voice there from now on."""
        async with self.studio.catalog.session() as db:
            row = await choose(db, self.studio.providers, self.workspace_id, "ANNA", f"{provider}:{voice_id}", by="me")
            if consent is not None:
                await voices.choose(
                    db,
                    workspace_id=self.workspace_id,
                    character_id=row.id,
                    provider=provider,
                    voice_id=voice_id,
                    by="me",
                    consent=consent,
                )
            return row.id

    async def speak(self, by: str, anna: UUID, words: str = "Who is there?") -> Filled:
        """The line's selected take, once it is there."""
        async with self.studio.catalog.session() as db:
            of_anna = (await chosen(db, self.workspace_id, [anna])).get(anna, {})
        ask = Ask(medium=Medium.SPEECH, operation="line", prompt=words, params={"text": words})
        line = Piece(slot="line:1", type="text", kind="other", name=words, field="sound", ask=ask, voices=of_anna)
        async with begin(replace(self.studio, crew={"speech": by}), FILM, "dialogue") as step:
            await step.make([line])
            return (await step.takes())["line:1"]

    async def said(self) -> list[tuple[str, str | None]]:
        """Who was asked for a line, and in which chosen voice."""
        async with self.studio.catalog.session() as db:
            return [(row[0], row[1]) for row in await db.execute(text(SAID_BY))]

    async def sample(self) -> UUID:
        """The asset that a clone would have made."""
        filed = await self.studio.file(b"a voice", "text/plain")
        label = Label(workspace_id=self.workspace_id, type="text", kind="voice", name="a voice", prompt="")
        async with self.studio.catalog.session() as db:
            asset = await filing.save(self.studio.vault, db, label=label, origin=Origin(source="upload"), filed=filed)
        return asset.id


@pytest.fixture
async def booth(database_url: str, tmp_path: Path) -> AsyncIterator[Booth]:
    studio, first = open_bench(database_url, tmp_path / "home")
    second = Bench(charges=tmp_path / "others", name="other")
    studio = replace(studio, providers={"bench": first, "other": second})
    await commission(studio, FILM, of_idea("a fox"), FilmSettings(crew=dict.fromkeys(("image", "speech"), "bench")))
    async with studio.catalog.session() as db:
        workspace = await films.workspace(db, "home")
    yield Booth(studio, workspace.id)
    await studio.aclose()


async def test_a_line_is_spoken_in_the_voice_that_was_chosen_where_it_is_spoken(booth: Booth) -> None:
    anna = await booth.let("bench", "low-1")
    await booth.let("other", "high-7")

    await booth.speak("bench", anna)

    assert await booth.said() == [("bench", "low-1")]


async def test_another_voice_makes_stale_what_its_provider_has_spoken_and_nothing_else(booth: Booth) -> None:
    anna = await booth.let("bench", "low-1")
    first = await booth.speak("bench", anna)
    await booth.let("other", "high-7")
    kept = await booth.speak("bench", anna)
    await booth.let("bench", "low-2")

    anew = await booth.speak("bench", anna)

    assert kept.take.id == first.take.id
    assert anew.asset.id != first.asset.id
    assert await booth.said() == [("bench", "low-1"), ("bench", "low-2")]


async def test_a_voice_whose_consent_has_ended_speaks_no_more_and_what_it_has_said_stays(booth: Booth) -> None:
    sample = await booth.sample()
    today = dt.datetime.now(dt.UTC).date()
    anna = await booth.let(
        "bench", "mine", Consent(asset_id=sample, words="Ann, this film", until=today + dt.timedelta(2))
    )
    spoken = await booth.speak("bench", anna)
    ended = today - dt.timedelta(2)
    await booth.let("bench", "mine", Consent(asset_id=sample, words="Ann, this film", until=ended))

    kept = await booth.speak("bench", anna)
    with pytest.raises(PiecesFailed, match=f"the consent to ANNA's cloned voice ended on {ended}: it is not used"):
        await booth.speak("bench", anna, "Go away.")
    await booth.let("bench", "low-1")
    await booth.speak("bench", anna, "Go away.")

    assert kept.take.id == spoken.take.id
    assert await booth.said() == [("bench", "mine"), ("bench", "low-1")]


async def test_a_consent_that_is_withdrawn_ends_at_once_for_all_who_have_the_voice(booth: Booth) -> None:
    given = Consent(asset_id=await booth.sample(), words="Ann, this film", until=dt.date(2999, 1, 1))
    anna = await booth.let("bench", "mine", given)
    async with booth.studio.catalog.session() as db:
        await choose(db, booth.studio.providers, booth.workspace_id, "BEN", "bench:mine", by="me")

    async with booth.studio.catalog.session() as db:
        ended = [await withdraw(db, booth.workspace_id, "Anna", "bench", by="me") for _ in range(2)]
        with pytest.raises(BadInput, match="CARA has no cloned voice at bench"):
            await withdraw(db, booth.workspace_id, "CARA", "bench", by="me")

    assert [sorted(each) for each in ended] == [["ANNA", "BEN"], []]
    with pytest.raises(PiecesFailed, match="the consent to ANNA's cloned voice ended on"):
        await booth.speak("bench", anna)
    async with booth.studio.catalog.session() as db:
        log = [each["what"] for each in await events.after(db, booth.workspace_id, 0)]
    assert log.count("consent withdrawn") == 2


async def test_the_same_choice_again_is_no_second_row_and_another_keeps_the_first(booth: Booth) -> None:
    for voice in ("low-1", "low-1", "low-2"):
        await booth.let("bench", voice)

    async with booth.studio.catalog.session() as db:
        rows = await db.execute(text("SELECT voice_id, dropped_at IS NULL FROM voices ORDER BY id"))
    assert [tuple(row) for row in rows] == [("low-1", False), ("low-2", True)]


REFUSED = {
    "no voice: write PROVIDER:VOICE_ID": "elevenlabs",
    "'elevenlabs:../x' is no voice": "elevenlabs:../x",
    "no such provider is installed": "nobody:x",
    "the animatic casts its own voices": "animatic:en-GB",
    "fal makes no speech": "fal:x",
}


async def test_a_voice_that_cannot_be_is_refused(database_url: str, tmp_path: Path) -> None:
    studio = open_studio(database_url=database_url, home=tmp_path / "home")

    for told, voice in REFUSED.items():
        async with studio.catalog.session() as db:
            workspace = await films.workspace(db, "home")
            with pytest.raises(BadInput, match=told):
                await choose(db, studio.providers, workspace.id, "ANNA", voice, by="me")

    await studio.aclose()
