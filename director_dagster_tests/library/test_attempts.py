"""Tests of purchases that have no asset: they are found, told, and ended by what a producer has found out."""

import asyncio
import re
from dataclasses import dataclass, replace
from html import unescape
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import pytest

from director_dagster.catalog.queries import films, spending
from director_dagster.errors import NeedsPerson
from director_dagster.providers.contract import JobState, JobStatus, Terms
from director_dagster.studio.generate import generate
from director_dagster_tests.library.boards import FROM_HERE, assert_has
from director_dagster_tests.library.conftest import Shelf
from director_dagster_tests.studio.bench import Bench, fund, order

PRICE = 250_000


@dataclass(frozen=True)
class Wreck:
    """A purchase whose answer was lost at a provider that cannot look it up, and the library that has it."""

    shelf: Shelf
    bench: Bench
    id: UUID

    @property
    def page(self) -> str:
        return f"/attempts/{self.id}"

    async def say(self, **found: str) -> tuple[int, str]:
        """How the library answers to what somebody at this machine says they found, and the page that then stands."""
        async with self.shelf.reader(**FROM_HERE) as reader:
            answer = await reader.post(f"{self.page}/resolve", data={"seen": "unknown", **found})
            page = (
                answer if answer.status_code != HTTPStatus.SEE_OTHER else await reader.get(answer.headers["location"])
            )
        return answer.status_code, unescape(page.text)

    async def make(self) -> UUID:
        """The asset of the very same, made now."""
        studio = self.shelf.library.studio
        return (await generate(studio, await order(studio, self.bench, "a wreck"))).asset.id


@pytest.fixture
async def wreck(shelf: Shelf, tmp_path: Path) -> Wreck:
    """One that may have been paid, and money for two."""
    bench = Bench(charges=tmp_path / "charges", terms=Terms(dedupe="none"), price_microusd=PRICE, on_submit=_lose)
    studio = replace(shelf.library.studio, providers={bench.name: bench})
    selling = replace(shelf, library=replace(shelf.library, studio=studio))
    await fund(studio, 2 * PRICE)
    with pytest.raises(NeedsPerson):
        await generate(studio, await order(studio, bench, "a wreck"))
    async with selling.reader() as reader:
        [id_] = re.findall(r'<tr id="([^"]+)">', (await reader.get("/attempts", params={"state": "unknown"})).text)
    bench.on_submit = lambda: None
    return Wreck(selling, bench, UUID(id_))


def _lose() -> None:
    raise ConnectionResetError("the answer was lost")


async def test_what_may_have_been_paid_is_found_from_the_costs_and_told(wreck: Wreck) -> None:
    async with wreck.shelf.reader() as reader:
        costs = (await reader.get("/costs")).text
        [behind] = {unescape(href) for href in re.findall(r'href="(/attempts\?[^"]+)"', costs)}
        listed = (await reader.get(behind)).text
        others = (await reader.get("/attempts", params={"state": "refused", "since": ""})).text
        page = (await reader.get(wreck.page)).text

    assert_has(costs, ">1 that may have been paid</a>", ">may have been paid</a>")
    assert_has(listed, str(wreck.id), "may have been paid", "at most $0.25", "bench:words-1")
    assert str(wreck.id) not in others
    assert_has(page, "the answer was lost", "a wreck", "What does bench's account say?", "It has the work")


async def test_a_page_of_them_is_followed_by_the_older_ones(wreck: Wreck, monkeypatch: pytest.MonkeyPatch) -> None:
    studio, bench = wreck.shelf.library.studio, wreck.bench
    monkeypatch.setattr("director_dagster.library.attempts.SHOWN", 2)
    bench.on_submit = _lose
    await fund(studio, 9 * PRICE)
    for number in range(4):
        with pytest.raises(NeedsPerson):
            await generate(studio, await order(studio, bench, f"wreck {number}", slot=f"slot {number}"))

    found, address = list[str](), "/attempts?state=unknown"
    async with wreck.shelf.reader() as reader:
        while address:
            page = (await reader.get(address)).text
            found += re.findall(r'<tr id="([^"]+)">', page)
            address = unescape("".join(re.findall(r'href="([^"]+)">Older ones', page)))

    async with wreck.shelf.catalog.session() as db:
        [counted] = await spending.attempts(db, wreck.shelf.workspace.id)
    assert len(found) == len(set(found)) == counted.pieces == 5
    assert found[-1] == str(wreck.id)


async def test_programs_are_told_what_may_have_been_paid_too(wreck: Wreck) -> None:
    async with wreck.shelf.reader() as reader:
        said = (await reader.get("/api/v1/costs")).json()
        table = (await reader.get("/costs.csv")).text.splitlines()

    assert said["total"]["cost_usd"] == "0.000000"
    assert [(each["label"], each["pieces"], each["unknown"]) for each in said["attempts"]] == [
        ("may have been paid", 1, 1)
    ]
    assert table[-1] == "may have been paid,,1,0,1"


async def test_the_job_that_the_account_shows_is_fetched_and_paid_once(wreck: Wreck) -> None:
    wreck.bench.status = JobStatus(state=JobState.FAILED, reason="broke")
    not_believed = await wreck.say(found="job", job="another")
    wreck.bench.status = JobStatus(state=JobState.DONE)
    believed = await wreck.say(found="job", job=" job-7 ")
    made = await wreck.make()

    assert (not_believed[0], "job another is failed: broke. Nothing is changed" in not_believed[1]) == (422, True)
    assert (believed[0], "with its provider" in believed[1]) == (HTTPStatus.SEE_OTHER, True)
    assert (made, len(wreck.bench.charged)) == (wreck.id, 1)


async def test_what_somebody_has_proved_meanwhile_is_not_called_untaken(wreck: Wreck) -> None:
    await wreck.say(found="job", job="job-7")
    stale = await wreck.say(found="nothing")
    unsure = await wreck.say(seen="submitted", found="nothing")
    made = await wreck.make()

    assert (stale[0], "is submitted by now: look at it again" in stale[1]) == (422, True)
    assert "checked" not in stale[1], "what was said of another state is not said of this one"
    assert (unsure[0], "say that you are sure if it never gives it out" in unsure[1]) == (422, True)
    assert (made, len(wreck.bench.charged)) == (wreck.id, 1)


async def test_of_many_who_say_something_at_once_one_is_believed(wreck: Wreck) -> None:
    job, nothing = {"found": "job", "job": "job-7"}, {"found": "nothing"}
    told = [status for status, _ in await asyncio.gather(*(wreck.say(**each) for each in (job, nothing) * 4))]
    made = await wreck.make()

    assert sorted(told) == [HTTPStatus.SEE_OTHER, *[HTTPStatus.UNPROCESSABLE_ENTITY] * 7]
    is_proved = told.index(HTTPStatus.SEE_OTHER) % 2 == 0
    assert (made == wreck.id, len(wreck.bench.charged)) == (is_proved, 1 if is_proved else 2)


async def test_whoever_asks_again_where_a_refusal_has_left_them_sees_the_page(wreck: Wreck) -> None:
    async with wreck.shelf.reader() as reader:
        answer = await reader.get(f"{wreck.page}/resolve")
        no_filter = (await reader.get("/attempts")).text

    assert answer.headers["location"] == wreck.page
    assert 'value="stored"' not in no_filter


async def test_what_was_never_taken_is_bought_anew_and_said_once(wreck: Wreck) -> None:
    first, again = await wreck.say(found="nothing"), await wreck.say(found="nothing")
    made = await wreck.make()

    assert_has(first[1], ">failed</span>", "<dt>Cost</dt><dd>$0.00</dd>", "a person found out")
    assert (again[0], "is failed by now: look at it again" in again[1]) == (422, True)
    assert (made != wreck.id, len(wreck.bench.charged)) == (True, 2)


async def test_a_charge_beyond_its_highest_price_is_believed_to_who_is_sure(wreck: Wreck) -> None:
    without = await wreck.say(found="charged")
    strange = [await wreck.say(found="charged", charged_usd=each) for each in ("$0.02", "0,02", "-1", "NaN", "0.00")]
    unsure = await wreck.say(found="charged", charged_usd="0.3")
    sure = await wreck.say(found="charged", charged_usd="0.3", sure="1")

    assert {(status, "say how much it took" in page) for status, page in (without, *strange)} == {(422, True)}
    assert (unsure[0], "if $0.30 is right" in unsure[1], 'value="0.3"' in unsure[1]) == (422, True, True)
    assert_has(sure[1], "<dt>Cost</dt><dd>$0.30</dd>")
    async with wreck.shelf.reader() as reader:
        assert (await reader.get("/api/v1/costs")).json()["total"]["cost_usd"] == "0.300000"


async def test_what_somebody_has_said_wrong_is_corrected_by_who_is_sure(wreck: Wreck) -> None:
    said = await wreck.say(found="charged", charged_usd="0.02")
    unsure = await wreck.say(seen="failed", found="charged", charged_usd="0.01")
    sure = await wreck.say(seen="failed", found="charged", charged_usd="0.01", sure="1")

    assert_has(said[1], "Somebody has said that it cost $0.02. Was that wrong?")
    assert (unsure[0], "it was said before that it took $0.02" in unsure[1]) == (422, True)
    assert_has(unsure[1], "<details open>", 'value="0.01"')
    assert_has(sure[1], "<dt>Cost</dt><dd>$0.01</dd>", "cost corrected", "it was $0.02")
    async with wreck.shelf.reader() as reader:
        assert (await reader.get("/api/v1/costs")).json()["total"]["cost_usd"] == "0.010000"


async def test_producers_alone_say_what_was_found_and_nobody_sees_what_is_anothers(
    wreck: Wreck, outside: Shelf
) -> None:
    async with wreck.shelf.catalog.session() as db:
        other = await films.workspace(db, "other")
    artist = {"authorization": f"Bearer {await outside.token('Ida', 'artist')}", "origin": "https://studio.example"}
    theirs = {"authorization": f"Bearer {await outside.token('Ron', 'producer', workspace=other)}"}

    async with outside.reader(**artist) as reader, outside.reader(**theirs) as stranger:
        page = (await reader.get(wreck.page)).text
        refused = await reader.post(f"{wreck.page}/resolve", data={"seen": "unknown", "found": "nothing"})
        foreign = await stranger.get(wreck.page)
        listed = (await stranger.get("/attempts")).text

    assert ('<form class="resolve"' in page, "A producer says it here" in page) == (False, True)
    assert (refused.status_code, foreign.status_code) == (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
    assert str(wreck.id) not in listed
