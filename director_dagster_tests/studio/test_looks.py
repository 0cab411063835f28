"""Who and what recurs: a user's pictures become looks, which every film of the workspace wears."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import text

from director_dagster.catalog.queries import films, takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.errors import BadInput, BlobMissing
from director_dagster.providers.contract import Medium
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.board import board
from director_dagster.studio.commission import commission
from director_dagster.studio.crew import member
from director_dagster.studio.design import design
from director_dagster.studio.looks import Wanted, bring, draws_after
from director_dagster.studio.report import Outcome, PiecesFailed
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio, open_studio
from director_dagster.studio.write import write

PAGE = "Title: {title}\n\nINT. ROOM - NIGHT\n\nANNA\nWho is there?\n"
SILENT = {"format": "1:1", "language": "ru", "narration": False}
ANNA = Wanted(kind="character", name="Anna")
WINTER = replace(ANNA, variant="winter")
LOOK, ROOM = "look:anna", "location:room"


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio with the house in it."""
    opened = open_studio(database_url=database_url, home=tmp_path / "home")
    yield opened
    await opened.aclose()


@pytest.fixture
async def home(studio: Studio) -> UUID:
    """The workspace ``home``."""
    async with studio.catalog.session() as db:
        return (await films.workspace(db, "home")).id


def picture(folder: Path, colour: str, ending: str = "png") -> Path:
    """A picture of one colour, as a user might bring one."""
    file = folder / f"{colour}.{ending}"
    Image.new("RGB", (96, 128), colour).save(file)
    return file


async def made(studio: Studio, slug: str, looks: Mapping[str, str] | None = None) -> Mapping[str, Filled]:
    """The film's selected takes, when it is as far as its frames."""
    key = FilmKey(workspace="home", film=slug)
    page = of_screenplay(PAGE.format(title=slug), origin=f"file: /{slug}", name=slug)
    await commission(studio, key, page, FilmSettings.of({**SILENT, "looks": looks or {}}, name="film.toml"))
    for name, verb in {"script": write, "characters": design, "storyboard": board}.items():
        async with begin(studio, key, name) as step:
            await verb(step)
            there = await step.takes()
    return there


async def own(studio: Studio, workspace_id: UUID, character_id: UUID) -> Sequence[tuple[str, int, bool]]:
    """The takes of a character's own slots: slot, number, whether it is the selected one."""
    async with studio.catalog.session() as db:
        found = await takes.all_of_character(db, workspace_id=workspace_id, character_id=character_id)
    return [(each.slot.name, each.take.number, each.take.selected_at is not None) for each in found]


async def test_a_picture_is_the_look_of_films_that_were_made_and_of_new_ones_and_the_house_says_that_it_takes_none(
    studio: Studio, home: UUID, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="director_dagster")
    drawn = await made(studio, "one")

    brought = await bring(studio, home, ANNA, pictures=[picture(tmp_path, "red", "jpg")])
    one, two = await made(studio, "one"), await made(studio, "two")

    [(look, is_new)] = brought.looks
    assert (brought.known, is_new) == (True, True)
    assert (look.source, look.kind, look.cost_microusd) == ("upload", "character", 0)
    assert one[LOOK].asset.id == two[LOOK].asset.id == look.id != drawn[LOOK].asset.id
    assert one["frame:sh010"].asset.id == drawn["frame:sh010"].asset.id, "what is drawn from the page is kept"
    said = [line for line in caplog.messages if "draws after no picture" in line]
    assert said[0] == "ANNA: look: animatic:ink-1 draws after no picture, and follows the words of the page"
    assert await own(studio, home, brought.character.id) == [("look", 1, False), ("look", 2, True)]


async def test_the_same_picture_again_is_no_second_take_and_is_the_selected_one(
    studio: Studio, home: UUID, tmp_path: Path
) -> None:
    red, blue = picture(tmp_path, "red"), picture(tmp_path, "blue")
    first = await bring(studio, home, ANNA, pictures=[red, blue])

    again = await bring(studio, home, replace(ANNA, name="ANNA"), pictures=[red])

    assert [new for _, new in (*first.looks, *again.looks)] == [True, True, False]
    assert again.looks[0][0].id == first.looks[0][0].id
    assert await own(studio, home, first.character.id) == [("look", 1, True), ("look", 2, False)]


async def test_a_film_wears_the_variant_that_it_names_and_without_that_the_usual_look(
    studio: Studio, home: UUID, tmp_path: Path
) -> None:
    winter = (await bring(studio, home, WINTER, pictures=[picture(tmp_path, "white", "webp")])).looks[0][0]

    worn = await made(studio, "one", {"ANNA": "Winter"})
    other = await made(studio, "two")
    usual = await made(studio, "one")

    assert worn[LOOK].asset.id == winter.id
    assert other[LOOK].asset.provider == usual[LOOK].asset.provider == "animatic"


async def test_a_variant_that_nobody_brought_is_refused(studio: Studio, home: UUID) -> None:
    with pytest.raises(BadInput, match=r"looks\.ANNA is 'summer', and there is no such look of ANNA: bring one by"):
        await made(studio, "one", {"ANNA": "summer"})


async def test_a_lost_picture_is_not_replaced_by_a_drawing_and_is_had_again_from_the_file(
    studio: Studio, home: UUID, tmp_path: Path
) -> None:
    red = picture(tmp_path, "red")
    look = (await bring(studio, home, ANNA, pictures=[red])).looks[0][0]
    await made(studio, "one")
    studio.vault.locate(look.digest or "").unlink()

    with pytest.raises(PiecesFailed, match="the user's own picture is lost") as lost:
        await made(studio, "one")
    await bring(studio, home, ANNA, pictures=[red])
    found = await made(studio, "one")

    assert isinstance(lost.value.__cause__, BlobMissing)
    assert found[LOOK].asset.id == look.id


async def test_places_and_things_wear_what_was_brought_as_well(studio: Studio, home: UUID, tmp_path: Path) -> None:
    drawn = await made(studio, "one")
    wanted = Wanted(kind="location", name="room")
    brought = await bring(studio, home, wanted, pictures=[picture(tmp_path, "green")])

    there = await made(studio, "one")

    assert there[ROOM].asset.id == brought.looks[0][0].id != drawn[ROOM].asset.id


async def test_what_the_workspace_knows_of_someone_is_drawn_where_the_page_says_nothing(
    studio: Studio, home: UUID
) -> None:
    await bring(studio, home, ANNA, description="an old woman with white hair in a yellow coat")

    there = await made(studio, "one")

    shown = there[LOOK].asset.generation_metadata["look"]
    assert (shown["age"], shown["presents"], shown["hair_colour"]) == ("old", "female", "#dcdad4")
    assert "in a yellow coat" in (there[LOOK].asset.prompt or "")


async def test_takes_are_not_made_of_what_a_user_brought(studio: Studio, home: UUID, tmp_path: Path) -> None:
    await bring(studio, home, ANNA, pictures=[picture(tmp_path, "red")])
    await made(studio, "one")

    async with begin(studio, FilmKey(workspace="home", film="one"), "characters", wanted={"anna": 2}) as step:
        with pytest.raises(PiecesFailed, match="a user's own: no other takes are made of it") as refused:
            await design(step)

    failed = [piece.slot for piece in refused.value.report.pieces if piece.outcome is Outcome.FAILED]
    assert failed == [LOOK]


REFUSED = {
    "text.png is no picture": (ANNA, "text.png", None),
    "cut.png: it cannot be read to its end": (ANNA, "cut.png", None),
    "none.png: there is no such file": (ANNA, "none.png", None),
    "GUARD is nobody in particular": (replace(ANNA, name="GUARD"), "red.png", None),
    "a character's name is up to 60 letters": (replace(ANNA, name="a" * 61), "red.png", None),
    "a variant's name is up to 60 letters": (replace(ANNA, variant="\n"), "red.png", None),
    "a variant is a look of its own": (WINTER, None, "in a fur coat"),
    "a description is up to 1,000 letters": (ANNA, "red.png", "a" * 1001),
}


async def test_what_cannot_be_a_look_is_told_in_a_line_with_nothing_filed(
    studio: Studio, home: UUID, tmp_path: Path
) -> None:
    whole = picture(tmp_path, "red").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) - 60])
    (tmp_path / "text.png").write_text("no picture")

    for told, (wanted, name, description) in REFUSED.items():
        with pytest.raises(BadInput, match=told):
            await bring(studio, home, wanted, pictures=[tmp_path / name] if name else [], description=description)

    async with studio.catalog.session() as db:
        counts = (
            "SELECT (SELECT count(*) FROM assets) + (SELECT count(*) FROM characters) + (SELECT count(*) FROM blobs)"
        )
        assert (await db.execute(text(counts))).scalar_one() == 0


def test_which_makers_draw_after_pictures_is_asked_of_them(studio: Studio) -> None:
    crews = {name: member(studio.providers, {"image": name}, Medium.IMAGE) for name in ("animatic", "fal", "openai")}

    assert {name: draws_after(who) for name, who in crews.items()} == {"animatic": False, "fal": False, "openai": True}
