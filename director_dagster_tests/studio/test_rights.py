"""Rights as the studio writes them down: of what the house makes, of what users bring, of voices with a consent."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from director_dagster.catalog.queries import assets, lineage, rights, voices
from director_dagster.catalog.queries.voices import Consent
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput
from director_dagster.providers.contract import CLONE
from director_dagster.story.rights import OWN_WORK, Rights
from director_dagster.studio.generate import generate
from director_dagster.studio.looks import bring
from director_dagster.studio.rights import consent, note
from director_dagster.studio.studio import Studio
from director_dagster.studio.terms import read_terms
from director_dagster_tests.studio.bench import Bench, open_bench, order
from director_dagster_tests.studio.test_looks import ANNA, home, made, picture, studio
from director_dagster_tests.studio.test_voices import Booth, booth

__all__ = ["booth", "home", "studio"]

BOUGHT = Rights(licence="https://bench.example/terms", commercial=True)


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    studio, bench = open_bench(database_url, tmp_path / "bench")
    yield studio, bench
    await studio.aclose()


def said(asset: Asset) -> Rights:
    return Rights(licence=asset.licence, commercial=asset.commercial, derivatives=asset.derivatives)


async def kept(studio: Studio, asset: Asset) -> Rights:
    """The rights in the asset's sidecar, from which its row could be made anew."""
    record = await studio.vault.sidecar(str(asset.workspace_id), str(asset.id))
    (row,) = (each["row"] for each in record["rows"] if each["table"] == "assets")
    return Rights(licence=row["licence"], commercial=row["commercial"], derivatives=row["derivatives"])


async def test_what_a_provider_makes_is_not_known_to_be_free_unless_the_user_says_what_its_terms_are(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened

    unknown = (await generate(studio, await order(studio, bench, "a hill"))).asset
    known = (await generate(replace(studio, rights={"bench": BOUGHT}), await order(studio, bench, "a lake"))).asset

    assert (said(unknown), said(known)) == (Rights(), BOUGHT)
    assert await kept(studio, known) == BOUGHT


async def test_what_the_house_draws_is_free_and_what_a_user_brings_is_as_they_say(
    studio: Studio, home: UUID, tmp_path: Path
) -> None:
    told = Rights(licence="CC-BY-NC-4.0", commercial=False, derivatives=True)

    ((red, _),) = (await bring(studio, home, ANNA, pictures=[picture(tmp_path, "red")])).looks
    await bring(studio, home, ANNA, pictures=[picture(tmp_path, "blue")], said=told)
    frame = (await made(studio, "one"))["frame:sh010"].asset

    async with studio.catalog.session() as db:
        bound = await rights.upstream(db, home, [frame.id])
    assert (said(red), said(frame)) == (Rights(), OWN_WORK)
    blue = next(each.asset for each in bound if each.forbids)
    assert (said(blue), await kept(studio, blue)) == (told, told)
    assert red.id not in {each.asset.id for each in bound}, "it is not what the frame was drawn after"


async def test_the_same_picture_again_may_be_told_of_anew(studio: Studio, home: UUID, tmp_path: Path) -> None:
    red = picture(tmp_path, "red")
    await bring(studio, home, ANNA, pictures=[red], said=Rights(commercial=False))

    ((asset, is_new),) = (await bring(studio, home, ANNA, pictures=[red], said=Rights(commercial=True))).looks
    await bring(studio, home, ANNA, pictures=[red])

    async with studio.catalog.session() as db:
        assert said(await assets.get(db, home, asset.id)) == Rights(commercial=True), "silence takes nothing back"
    assert not is_new


async def test_what_is_said_of_nothing_is_refused(studio: Studio, home: UUID) -> None:
    with pytest.raises(BadInput, match="no asset"):
        await note(studio, home, home, OWN_WORK)


async def test_a_line_is_made_after_the_voice_that_it_is_spoken_in_and_bound_by_its_consent(booth: Booth) -> None:
    studio, sample = booth.studio, await booth.sample()
    until = date(2020, 1, 1)
    anna = await booth.let("bench", "mine", Consent(asset_id=sample, words="Ann, this film", until=date(2999, 1, 1)))
    line = (await booth.speak("bench", anna)).asset
    async with studio.catalog.session() as db:
        ended = Consent(asset_id=sample, words="Ann, this film", until=until)
        voice = await voices.choose(
            db, workspace_id=booth.workspace_id, character_id=anna, provider="bench", voice_id="mine", by="me",
            consent=ended,
        )  # fmt: skip
        await consent(studio, db, voice, [sample])

    async with studio.catalog.session() as db:
        made_from = await lineage.sources(db, booth.workspace_id, [line.id])
        (bound,) = [each for each in await rights.upstream(db, booth.workspace_id, [line.id]) if each.ended]
    assert [(edge.role, source.id) for edge, source in made_from] == [(CLONE, sample)]
    assert (bound.asset.id, bound.asset.consent_id, bound.asset.consent_until) == (sample, voice.id, until)
    record = await studio.vault.sidecar(str(booth.workspace_id), str(sample))
    assert next(each["row"]["consent_until"] for each in record["rows"] if each["table"] == "assets") == "2020-01-01"


def test_the_terms_that_a_user_has_read_stand_in_a_file_of_the_home(tmp_path: Path) -> None:
    before = read_terms(tmp_path)
    (tmp_path / "rights.toml").write_text('[acme]\nlicence = "CC-BY-4.0"\n\n[other]\ncommercial = false\n')

    found = read_terms(tmp_path)

    assert before == {}
    assert found["acme"] == Rights(licence="CC-BY-4.0", commercial=True, derivatives=True)
    assert found["other"] == Rights(commercial=False)


WRONG = {
    "acme: 'mine' is no licence": '[acme]\nlicence = "mine"',
    "acme.commercial: Input should be a valid boolean": '[acme]\ncommercial = "perhaps"',
    "acme.colour: Extra inputs": "[acme]\ncolour = 1",
    "Expected": "[acme",
}


@pytest.mark.parametrize("told", WRONG)
def test_terms_that_cannot_be_read_are_one_line(tmp_path: Path, told: str) -> None:
    (tmp_path / "rights.toml").write_text(WRONG[told])

    with pytest.raises(BadInput, match=rf"rights.toml: .*{told}"):
        read_terms(tmp_path)
