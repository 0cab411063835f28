"""What every provider that is spoken to over HTTP must do, whatever it sells; run on all that are installed.

A new one needs its side in the simulator and its way of saying things in `dialects.py`; what it sells is found by
asking it. ``pytest director_dagster_tests/providers/test_conformance.py -k NAME`` runs the suite on it alone.
"""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from director_dagster.errors import (
    Ambiguous,
    AnswerMalformed,
    BadInput,
    DirectorError,
    ModelRetired,
    OutputExpired,
    PromptRejected,
    ProviderUnavailable,
    RateLimited,
    Refused,
    StatusUnknown,
    Unavailable,
)
from director_dagster.media import playable
from director_dagster.media.inspect import inspect
from director_dagster.providers.at_once import AtOnce
from director_dagster.providers.contract import Ask, Cloner, JobState, Medium, Provider
from director_dagster.providers.registry import GROUP, Providers
from director_dagster.simulator.app import PATHS
from director_dagster.simulator.counter import REFUSED_WORD
from director_dagster.story import wire
from director_dagster_tests.providers.dialects import DIALECTS
from director_dagster_tests.providers.opened import ASKS, bought, cloning, finished, tools
from director_dagster_tests.simulated import Simulated

KEY = "canary-0123456789"
HOUSE = {"animatic"}
INSTALLED = sorted({entry.name for entry in entry_points(group=GROUP)} - HOUSE)
FAMILIES = {
    Medium.SCRIPT: "text/",
    Medium.IMAGE: "image/",
    Medium.VIDEO: "video/",
    Medium.SPEECH: "audio/",
    Medium.MUSIC: "audio/",
}
NOT_CHARGED = (400, 401, 403, 404, 422, 429)
"""Statuses that every provider must at least take for a refusal."""


@dataclass(frozen=True)
class Case:
    """One of the things that a provider sells."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}-{self.what}"

    @property
    def ask(self) -> Ask:
        """How it is asked for."""
        return ASKS[self.what]


def _sold() -> list[Case]:
    providers = Providers(tools({}))
    return [Case(name, what) for name in INSTALLED for what in ASKS if _plans(providers[name], ASKS[what])]


def _plans(provider: Provider, ask: Ask) -> bool:
    try:
        provider.plan(ask, None)
    except BadInput:
        return False
    return True


SOLD = _sold()
FIRST = [next(case for case in SOLD if case.name == name) for name in INSTALLED]
QUEUED = [case for case in FIRST if not isinstance(Providers(tools({}))[case.name], AtOnce)]
"""Those whose jobs are asked for."""

LISTED = [case for case in FIRST if Providers(tools({}))[case.name].terms.dedupe == "client_ref"]
"""Those whose jobs are found by our reference."""

CLONERS = [case for case in FIRST if isinstance(Providers(tools({}))[case.name], Cloner)]
"""Those that clone voices."""

each_sold = pytest.mark.parametrize("case", SOLD, ids=str)
each_provider = pytest.mark.parametrize("case", FIRST, ids=str)


@pytest.fixture
async def providers(there: Simulated) -> AsyncIterator[Providers]:
    """All of them, with the canary for a key."""
    opened = Providers(tools({name: {"key": KEY, "url": there.accounts[name]["url"]} for name in INSTALLED}))
    yield opened
    for provider in opened.opened.values():
        await provider.aclose()


def test_every_provider_has_its_side_in_the_simulator_and_says_what_it_may_have_to_say() -> None:
    assert INSTALLED == sorted(PATHS) == sorted(DIALECTS)
    assert {case.name for case in SOLD} == set(INSTALLED)


@each_sold
def test_a_plan_is_a_function_of_what_is_asked_alone(case: Case) -> None:
    plans = [Providers(tools({}))[case.name].plan(case.ask, None) for _ in range(2)]

    assert plans[0] == plans[1]
    assert plans[0].provider == case.name
    assert plans[0].fingerprint == plans[1].fingerprint
    assert json.loads(json.dumps(plans[0].canonical))["params"] == plans[0].params
    another = replace(case.ask, seed=8)
    assert Providers(tools({}))[case.name].plan(another, None).fingerprint != plans[0].fingerprint, "another take"


@each_provider
def test_without_a_key_it_is_not_ready_and_says_what_to_set(case: Case) -> None:
    provider = Providers(tools({}))[case.name]

    with pytest.raises(BadInput, match=f"set DIRECTOR_{case.name.upper()}_KEY"):
        provider.ready()


@each_sold
async def test_what_is_bought_is_real_costs_what_was_charged_and_no_more_than_its_price(
    case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, into, before = providers[case.name], tmp_path / "output", len(there.charges())
    request = provider.plan(case.ask, None)

    _, output = await bought(provider, request, into)

    [charge] = there.charges()[before:]
    price = provider.price(request).microusd
    assert price is not None
    assert 0 < charge["microusd"] <= price
    cost = price if output.microusd is None else output.microusd
    assert abs(cost - charge["microusd"]) <= 1, "rounded up, never down"
    assert output.media_type.startswith(FAMILIES[case.ask.medium])
    assert inspect(into, output.media_type).thumbnail
    playable.play(into, output.media_type)


@each_sold
async def test_what_is_fetched_again_is_the_same_or_gone_as_its_terms_say(
    case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, into = providers[case.name], tmp_path / "output"
    request = provider.plan(case.ask, None)
    job, _ = await bought(provider, request, into)
    first, charges = sha256(into.read_bytes()).digest(), len(there.charges())

    try:
        await provider.fetch(request, job, into)
        same = sha256(into.read_bytes()).digest() == first
    except OutputExpired:
        same = provider.terms.retention_s == 0

    assert same
    assert len(there.charges()) == charges
    await provider.cancel(request, job)


@each_sold
async def test_an_answer_that_is_lost_is_ambiguous_was_charged_and_left_no_file(
    case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, before = providers[case.name], len(there.charges())
    there.spoil("lose", provider=case.name)

    with pytest.raises(Ambiguous):
        await provider.submit(provider.plan(case.ask, None), "ref-1", tmp_path / "output")

    assert len(there.charges()) == before + 1
    assert list(tmp_path.iterdir()) == []
    assert provider.terms.dedupe != "none" or await provider.find("ref-1") is None


@pytest.mark.parametrize("case", LISTED, ids=str)
async def test_what_was_taken_is_found_by_our_reference_and_what_never_arrived_is_not(
    case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, taken, never = providers[case.name], str(uuid4()), str(uuid4())
    request = provider.plan(case.ask, None)
    there.spoil("lose", provider=case.name)
    with pytest.raises(Ambiguous):
        await provider.submit(request, taken, tmp_path / "output")
    charges = len(there.charges())

    job = await provider.find(taken)

    assert job is not None
    assert await finished(provider, request, job) is JobState.DONE
    assert await provider.find(never) is None
    assert len(there.charges()) == charges
    for fault in ({"fault": "refuse", "status": 503}, {"fault": "refuse", "status": 401}, {"fault": "lose"}):
        there.spoil(**fault, provider=case.name, at="poll")
        with pytest.raises(ProviderUnavailable):
            await provider.find(never)


@pytest.mark.parametrize("case", CLONERS, ids=str)
@pytest.mark.parametrize("fault", ["lose", "garble", None])
async def test_a_voice_is_cloned_once_however_often_it_is_asked_for_and_whatever_becomes_of_the_answer(
    fault: str | None, case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, into = providers[case.name], tmp_path / "output"
    request = provider.plan(replace(cloning(tmp_path / "sample"), prompt=f"ANNA {fault}"), None)
    before = len(there.charges())
    if fault is not None:
        there.spoil(fault, provider=case.name)

    job, output = await bought(provider, request, into)
    again = await provider.submit(request, "ref-2", into)
    fetched = await provider.fetch(request, job, into)

    assert len(there.charges()) == before + 1
    assert job == again.job_id == output.details["voice_id"] == fetched.details["voice_id"]
    assert into.read_text() == f"{job}\n"
    assert output.media_type == "text/plain"
    assert provider.price(request).microusd is not None


@each_provider
@pytest.mark.parametrize("fault", ["break", "garble"])
async def test_an_answer_that_says_nothing_after_charging_is_ambiguous(
    fault: str, case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, before = providers[case.name], len(there.charges())
    there.spoil(fault, provider=case.name)

    with pytest.raises(Ambiguous):
        await provider.submit(provider.plan(case.ask, None), "ref-1", tmp_path / "output")

    assert len(there.charges()) == before + 1


@each_provider
@pytest.mark.parametrize("status", NOT_CHARGED)
async def test_a_status_that_is_not_charged_is_a_refusal_or_asks_to_wait(
    status: int, case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, before = providers[case.name], len(there.charges())
    there.spoil("refuse", provider=case.name, status=status, body="<html>")

    with pytest.raises((Refused, Unavailable)):
        await provider.submit(provider.plan(case.ask, None), "ref-1", tmp_path / "output")

    assert len(there.charges()) == before
    assert provider.terms.not_charged <= set(NOT_CHARGED)


SAYS = [(case, error) for case in FIRST for error in DIALECTS[case.name]]


@pytest.mark.parametrize(("case", "error"), SAYS, ids=[f"{case.name}-{error.__name__}" for case, error in SAYS])
async def test_what_a_provider_refuses_has_its_own_error(
    case: Case, error: type[DirectorError], providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, before = providers[case.name], len(there.charges())
    there.spoil("refuse", provider=case.name, **DIALECTS[case.name][error].fault)

    with pytest.raises(error) as refused:
        await provider.submit(provider.plan(case.ask, None), "ref-1", tmp_path / "output")

    assert type(refused.value) is error
    assert not isinstance(refused.value, RateLimited) or refused.value.wait_s == 7.0
    assert len(there.charges()) == before


GONE = [case for case in SOLD if ModelRetired in DIALECTS[case.name]]


@pytest.mark.parametrize("case", GONE, ids=str)
async def test_of_a_model_that_is_gone_it_says_what_to_name_instead(
    case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider = providers[case.name]
    request = provider.plan(case.ask, None)
    there.spoil("refuse", provider=case.name, **DIALECTS[case.name][ModelRetired].fault)

    with pytest.raises(ModelRetired) as gone:
        await provider.submit(request, "ref-1", tmp_path / "output")

    told, known = str(gone.value), getattr(provider, "models", {}).get(case.ask.medium, ())
    others = [model for model in known if model != request.model]
    assert f"{case.name}:{request.model} " not in told
    if case.what == "ambience":
        assert told.endswith(f"let another provider than {case.name} make it")
        return
    assert f"--{case.ask.medium} {case.name}:{others[0] if others else 'MODEL'}" in told
    assert "prices.toml" in told
    for model in others if case.what != "talking" else ():
        assert provider.price(provider.plan(case.ask, model)).microusd is not None, "what is named has a price"


@each_sold
async def test_what_is_against_the_rules_is_refused_and_not_charged(
    case: Case, providers: Providers, there: Simulated, tmp_path: Path
) -> None:
    provider, before = providers[case.name], len(there.charges())
    said = {"text": REFUSED_WORD} if "text" in case.ask.params else {}
    ask = replace(case.ask, prompt=f"Something {REFUSED_WORD}", params={**case.ask.params, **said})
    request = provider.plan(ask, None)

    try:
        accepted = await provider.submit(request, "ref-1", tmp_path / "output")
        word = accepted.ended
        ended = word.state if word is not None else await finished(provider, request, accepted.job_id)
    except PromptRejected:
        ended = JobState.REFUSED

    assert ended is JobState.REFUSED
    assert len(there.charges()) == before


ASKED: list[tuple[dict[str, Any], type[DirectorError]]] = [
    ({"fault": "strange"}, StatusUnknown),
    ({"fault": "garble"}, AnswerMalformed),
    ({"fault": "lose"}, ProviderUnavailable),
    ({"fault": "refuse", "status": 503}, ProviderUnavailable),
    ({"fault": "refuse", "status": 404}, OutputExpired),
]


@pytest.mark.parametrize("case", QUEUED, ids=str)
@pytest.mark.parametrize(("fault", "error"), ASKED, ids=[f"{error.__name__}-{fault}" for fault, error in ASKED])
async def test_a_job_of_which_nothing_is_to_be_learnt_goes_on(
    fault: dict[str, Any],
    error: type[DirectorError],
    case: Case,
    providers: Providers,
    there: Simulated,
    tmp_path: Path,
) -> None:
    provider = providers[case.name]
    request = provider.plan(case.ask, None)
    accepted = await provider.submit(request, "ref-1", tmp_path / "output")
    charges = len(there.charges())

    there.spoil(**fault, provider=case.name, at="poll")
    with pytest.raises(error) as told:
        await provider.poll(request, accepted.job_id)

    if error is StatusUnknown:
        assert f"'PONDERING' is a state of a job that we do not know: {accepted.job_id} stays under" in str(told.value)
        assert str(told.value).endswith("its money held; the same command asks again")
    assert await finished(provider, request, accepted.job_id) is JobState.DONE
    assert len(there.charges()) == charges


@each_sold
async def test_the_key_is_in_no_receipt_output_error_or_log(
    case: Case, providers: Providers, there: Simulated, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider, told = providers[case.name], []
    request = provider.plan(case.ask, None)

    accepted = await provider.submit(request, "ref-1", tmp_path / "output")
    told += [json.dumps(accepted.raw), json.dumps(wire.dump(accepted)), repr(request), str(request.canonical)]
    for said in DIALECTS[case.name].values():
        echo = json.dumps(said.body).replace("no", f"no, not with {KEY}")
        there.spoil("refuse", provider=case.name, **{**said.fault, "body": echo})
        with pytest.raises(DirectorError) as refused:
            await provider.submit(request, "ref-1", tmp_path / "output")
        told += [str(refused.value), repr(refused.value)]

    assert all(KEY not in text for text in [*told, caplog.text])
