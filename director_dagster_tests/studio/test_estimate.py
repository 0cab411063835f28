"""An estimate's least and most: what is not known yet, how long a line lasts, stands between them."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.design import design
from director_dagster.studio.estimate import estimate
from director_dagster.studio.report import Outcome, Report
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio, open_studio
from director_dagster.studio.voice import voice
from director_dagster.studio.write import write

KEY = FilmKey(workspace="home", film="long")
SAID = "Every night I light the lamp for ships that nobody has seen since my mother was a girl. " * 2
PAGE = f"Title: Long\n\nINT. ROOM - NIGHT\n\nANNA looks out.\n\nANNA\n{SAID}\n"


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    opened = open_studio(database_url=database_url, home=tmp_path / "home")
    yield opened
    await opened.aclose()


def shots_of(reports: Sequence[Report]) -> list[tuple[int, int]]:
    """What each shot that is bought costs at the least, and at most, in micro-dollars."""
    [shots] = [report for report in reports if report.step == "shots"]
    bought = [each for each in shots.pieces if each.outcome is Outcome.GENERATED]
    return [(each.low_microusd or 0, each.paid_microusd or 0) for each in bought]


async def test_lines_that_are_not_spoken_yet_may_last_half_as_long_again(studio: Studio) -> None:
    settings = FilmSettings(crew={"video": "fal"})
    await commission(studio, KEY, of_screenplay(PAGE, origin="a test", name="long"), settings)

    before = shots_of(await estimate(studio, KEY))
    for name, verb in {"script": write, "characters": design, "dialogue": voice}.items():
        async with begin(studio, KEY, name) as step:
            await verb(step)
    after = shots_of(await estimate(studio, KEY))

    assert max(most / least for least, most in before) > 1.2
    assert [least for least, _ in after] == [most for _, most in after], "they are spoken: nothing is open"
    assert sum(most for _, most in after) <= sum(most for _, most in before)
