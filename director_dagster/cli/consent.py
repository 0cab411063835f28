"""What asks before it spends: the estimate, the question, and how much the answer lets a run spend."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from director_dagster.catalog.money import told
from director_dagster.cli import estimate
from director_dagster.cli.home import microusd, say
from director_dagster.errors import BadInput, Refused
from director_dagster.settings import Settings, user
from director_dagster.story.wishes import Wishes

if TYPE_CHECKING:
    from director_dagster.studio.near import Offer
    from director_dagster.studio.production import Production
    from director_dagster.studio.prospect import Prospect

OPTIONS = (
    click.option("--yes", is_flag=True, help="Spend what the estimate says without asking."),
    click.option("--max-usd", metavar="AMOUNT", help="Spend up to so many dollars without asking."),
)


OFFERED = 5
"""So much that is owned is named before the question."""


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What the user has said beforehand: `yes` to any estimate, or so much at most."""

    yes: bool
    max_microusd: int | None

    @property
    def given(self) -> bool:
        """Whether nobody is asked."""
        return self.yes or self.max_microusd is not None


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What may be made now.

    Attributes:
        max_microusd: What it may spend.
        prospect: What was shown; None when nothing can be spent.
    """

    max_microusd: int
    prospect: "Prospect | None" = None

    @property
    def complete(self) -> bool:
        """Whether it is about the whole film, and not only about its script."""
        return self.prospect is None or self.prospect.complete


def consent_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a user says beforehand what may be spent; `consent_of` takes them."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def consent_of(given: dict[str, Any]) -> Consent:
    """What the user has said; its options are taken out of `given`. Raises BadInput for what is no amount."""
    amount = given.pop("max_usd")
    return Consent(yes=given.pop("yes"), max_microusd=None if amount is None else microusd(amount))


def agree(settings: Settings, film: "Production", wishes: Wishes, consent: Consent, *, spent_microusd: int) -> Agreed:
    """Show what making the film would cost, and ask, unless the user has answered already.

    A film whose whole crew is the house needs no estimate: it is let spend nothing. `spent_microusd` is what this
    command has spent so far. Raises Refused when the user says no, BadInput when there is nobody to ask, and what
    `prospect` raises; by then nothing was sent.
    """
    return asyncio.run(_agree(settings, film, wishes, consent, spent_microusd))


async def _agree(
    settings: Settings, film: "Production", wishes: Wishes, consent: Consent, spent_microusd: int
) -> Agreed:
    from director_dagster.catalog.chain import Actor
    from director_dagster.postgres.database import database_url
    from director_dagster.studio.begun import let_go_unsent
    from director_dagster.studio.near import near
    from director_dagster.studio.prospect import agree, is_free, prospect
    from director_dagster.studio.studio import open_studio

    studio = open_studio(
        database_url=database_url(settings),
        home=settings.home,
        accounts=settings.accounts,
        replicas=settings.copies,
        actor=Actor(who=user()),
    ).for_run(wishes)
    try:
        if is_free(studio, film) and not (wishes.finals or wishes.takes or consent.given):
            return Agreed(max_microusd=0)
        async with studio.catalog.session() as db:
            await let_go_unsent(db)
        found = await prospect(studio, film.key, wishes)
        if found.collects:
            say(f"{film.key}: {found.collects}")
        for told_of in found.unknown.values():
            say(f"{film.key}: {told_of}")
        if found.falls:
            say(f"{film.key}: {found.falls}")
        if not found.high_microusd and (found.complete or is_free(studio, film)):
            return Agreed(max_microusd=0)
        offers = [] if consent.given or not sys.stdin.isatty() else await near(studio, found)
        agreed = Agreed(max_microusd=_answer(found, consent, spent_microusd, offers), prospect=found)
        await agree(studio, found, max_microusd=agreed.max_microusd)
        return agreed
    finally:
        await studio.aclose()


def _answer(found: "Prospect", consent: Consent, spent_microusd: int, offers: "Sequence[Offer]") -> int:
    """How much may be spent, in micro-dollars; who is asked is told first what is owned that is near."""
    estimate.show(found.rows, talk=True)
    key, cost = found.film.key, found.cost
    if consent.max_microusd is not None:
        left = consent.max_microusd - spent_microusd
        if found.low_microusd > left:
            raise BadInput(f"{key} would cost {cost}, and --max-usd leaves {told(left)}: nothing was sent")
        return min(left, found.left_microusd)
    if consent.yes:
        return found.high_microusd
    if not sys.stdin.isatty():
        raise BadInput(
            f"{key} would cost {cost}, and there is nobody to ask: say --yes, or --max-usd AMOUNT. Nothing was sent"
        )
    _offer(found, offers)
    _ask(found)
    return found.high_microusd


def _offer(found: "Prospect", offers: "Sequence[Offer]") -> None:
    for each in offers[:OFFERED]:
        say(
            f"{each.slot}: you own {each.asset.name!r}, {each.words:.0%} of its words the same; using it saves up to "
            f"{told(each.saves_microusd)}: director take pin {found.film.key} {each.slot} {each.asset.id}"
        )
    if len(offers) > OFFERED:
        say(f"and {len(offers) - OFFERED} more; the film's board in the library shows them all")


def _ask(found: "Prospect") -> None:
    """Ask on the terminal. Raises Refused for a no."""
    if found.high_microusd > found.left_microusd:
        say(
            f"{told(found.left_microusd)} is left of its budget: it may stop before its end, with all that is made kept"
        )
    if not found.high_microusd:
        say("its script costs nothing; what it asks for is estimated when it is written")
    elif not click.confirm(f"{found.film.key}: spend {found.cost}?", err=True):
        raise Refused(f"{found.film.key} is not made, as you say: nothing more was sent")
