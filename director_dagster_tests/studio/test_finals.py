"""Drafts become finals shot by shot: what is chosen is made by whom the run names, all else is kept."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from director_dagster.catalog.queries import shots, takes
from director_dagster.catalog.queries.shots import Planned
from director_dagster.errors import BadInput
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story.brief import of_idea
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.piece import Piece
from director_dagster.studio.report import Outcome, Report
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import Bench, open_bench

FILM = FilmKey(workspace="home", film="a-fox")
CREW = dict.fromkeys(("script", "image", "video", "speech", "music"), "bench:draft-1")
PLAN = {"sh010": 1, "sh020": 1, "sh030": 2}


@dataclass(frozen=True)
class Stage:
    """A film of three shots in two scenes, of which a bench makes all."""

    studio: Studio
    bench: Bench
    rows: dict[str, UUID]

    def pieces(self) -> list[Piece]:
        """A moving picture and a frame of each shot, and the film's music."""
        ours = [
            _piece(f"{kind}:{code}", medium, self.rows[code])
            for code in PLAN
            for kind, medium in (("frame", Medium.IMAGE), ("shot", Medium.VIDEO))
        ]
        return [*ours, _piece("music", Medium.MUSIC, None)]

    async def make(self, *finals: str, name: str = "shots", **crew: str) -> dict[str, tuple[str, str | None]]:
        """What became of each slot, and by which model."""
        studio = replace(self.studio, finals=finals, crew=crew)
        async with begin(studio, FILM, name) as step:
            return _told(await step.make(self.pieces()))


def _piece(slot: str, medium: Medium, shot_id: UUID | None) -> Piece:
    ask = Ask(medium=medium, operation="text", prompt=f"words of {slot}", params={})
    return Piece(slot=slot, type="text", kind="other", name=slot, field="picture", ask=ask, shot_id=shot_id)


def _told(report: Report) -> dict[str, tuple[str, str | None]]:
    return {made.slot: (made.outcome.value, made.model) for made in report.pieces}


def _where(told: dict[str, tuple[str, str | None]], outcome: Outcome) -> Sequence[str]:
    return [slot for slot, (came, _) in told.items() if came == outcome]


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    studio, bench = open_bench(database_url, tmp_path / "home")
    film = await commission(studio, FILM, of_idea("a fox finds a key"), FilmSettings(crew=CREW))
    plan = [Planned(code=code, scene=scene, plan={}) for code, scene in PLAN.items()]
    async with studio.catalog.session() as db:
        rows = await shots.sync(db, workspace_id=film.workspace_id, film_id=film.film_id, plan=plan)
    yield Stage(studio=studio, bench=bench, rows={row.code: row.id for row in rows})
    await studio.aclose()


async def test_only_the_chosen_shots_pieces_of_the_media_that_are_named_are_replaced(stage: Stage) -> None:
    await stage.make()

    told = await stage.make("sh020", video="bench:final-1")

    assert _where(told, Outcome.GENERATED) == ["shot:sh020"]
    assert told["shot:sh020"] == ("generated", "final-1")
    assert len(_where(told, Outcome.KEPT)) == 6


async def test_what_is_final_stays_whoever_runs_again_and_nothing_is_bought_twice(stage: Stage) -> None:
    await stage.make()
    await stage.make("sh020", video="bench:final-1")
    charged = len(stage.bench.charged)

    again = await stage.make("sh020", video="bench:final-1")
    any_model = await stage.make("sh020", video="bench")
    plain = await stage.make()

    assert [_where(told, Outcome.KEPT) for told in (again, any_model, plain)] == [list(again)] * 3
    assert plain["shot:sh020"] == ("kept", "final-1")
    assert len(stage.bench.charged) == charged


async def test_a_draft_that_is_replaced_stays_as_a_take_and_comes_back_for_nothing(stage: Stage) -> None:
    await stage.make()
    await stage.make("sh020", video="bench:final-1")
    charged = len(stage.bench.charged)

    back = await stage.make("sh020", video="bench:draft-1")

    assert back["shot:sh020"] == ("reused", "draft-1")
    assert len(stage.bench.charged) == charged
    film_id, workspace_id = await _film(stage)
    async with stage.studio.catalog.session() as db:
        found = await takes.all_of(db, workspace_id=workspace_id, film_id=film_id, slot="shot:sh020")
    assert [each.asset.model for each in found] == ["draft-1", "final-1"]


@pytest.mark.parametrize(
    ("finals", "replaced"),
    [
        (("scene:1",), ["frame:sh010", "frame:sh020"]),
        (("scene:2", "sh010"), ["frame:sh010", "frame:sh030"]),
        (("all",), ["frame:sh010", "frame:sh020", "frame:sh030"]),
    ],
)
async def test_scenes_and_all_are_chosen_as_well(finals: tuple[str, ...], replaced: list[str], stage: Stage) -> None:
    await stage.make()

    told = await stage.make(*finals, image="bench:final-1")

    assert _where(told, Outcome.GENERATED) == replaced


async def test_all_means_what_belongs_to_no_shot_too(stage: Stage) -> None:
    await stage.make()

    of_shots = await stage.make("sh010", "sh020", "sh030", music="bench:final-1")
    of_all = await stage.make("all", music="bench:final-1")

    assert _where(of_shots, Outcome.GENERATED) == []
    assert _where(of_all, Outcome.GENERATED) == ["music"]


async def test_with_shots_chosen_the_crew_makes_nothing_else_even_if_it_is_missing(stage: Stage) -> None:
    told = await stage.make("sh020", video="bench:final-1")

    assert {slot: model for slot, (_, model) in told.items() if model == "final-1"} == {"shot:sh020": "final-1"}


@pytest.mark.parametrize(
    ("finals", "line"),
    [
        ("sh999", "there is no shot 'sh999'; this film has sh010, sh020, sh030"),
        ("scene:9", "there is no scene 9; this film has 1, 2"),
        ("scene:one", "there is no scene one"),
        ("", "there is no shot ''"),
    ],
)
async def test_what_the_film_has_not_is_refused_before_anything_is_made(finals: str, line: str, stage: Stage) -> None:
    with pytest.raises(BadInput, match=line):
        await stage.make("sh010", finals, video="bench:final-1")

    assert stage.bench.charged == []


@pytest.mark.parametrize("crew", [{}, {"script": "bench:final-1"}])
async def test_shots_without_anybody_who_makes_them_are_refused(crew: dict[str, str], stage: Stage) -> None:
    with pytest.raises(BadInput, match="shots are chosen, but nobody who makes them"):
        await stage.make("sh010", **crew)


async def test_a_final_whose_bytes_are_lost_is_had_again_from_its_maker_not_drafted(stage: Stage) -> None:
    await stage.make()
    await stage.make("sh020", video="bench:final-1")
    charged = len(stage.bench.charged)
    film_id, workspace_id = await _film(stage)
    async with stage.studio.catalog.session() as db:
        there = await takes.selected(db, workspace_id=workspace_id, film_id=film_id)
    stage.studio.vault.locate(there["shot:sh020"].asset.digest or "").unlink()

    told = await stage.make()

    assert told["shot:sh020"] == ("reused", "final-1")
    assert len(stage.bench.charged) == charged


async def _film(stage: Stage) -> tuple[UUID, UUID]:
    async with begin(stage.studio, FILM, "any") as step:
        return step.film.film_id, step.film.workspace_id
