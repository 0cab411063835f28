"""The contract between the studio's gate and every provider.

A provider is asked in the studio's words (`Ask`), says what exactly it would send (`Request`: this is what a
fingerprint is made of, so it holds all that shapes the result and nothing else) and what that may cost, and then
submits, polls and fetches. It never retries a submission by itself, never writes to the vault and never sees the
catalog.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from director_dagster.story import wire
from director_dagster.story.rights import UNKNOWN_RIGHTS, Rights

Json = Mapping[str, Any]

CHOSEN = "chosen"
"""In the parameters of speech: the provider's own id of the voice that was chosen there for the character, if any."""

LETTERS = "letters_s"
"""In the details of speech: when each letter of the text begins, in seconds, and when the last one ends."""

TALK = "talk"
"""In the parameters of a shot: `Talk.OWN` when the clip is to speak the lines that its prompt quotes; absent otherwise.
In the details of what was filmed: that it does."""


class Medium(StrEnum):
    """What a crew has one provider and model for, each."""

    SCRIPT = "script"
    IMAGE = "image"
    VIDEO = "video"
    SPEECH = "speech"
    MUSIC = "music"


@dataclass(frozen=True, kw_only=True)
class Input:
    """Bytes a request builds on: which part they play, their SHA-256, and where this process may read them."""

    role: str
    digest: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What the studio wants, in its own words.

    Attributes:
        medium: Which provider of the crew serves it.
        operation: What it is, e.g. ``"frame"``, ``"shot"``, ``"line"``.
        prompt: For a model that reads: what is wanted, in words.
        params: For a provider that is told exactly: JSON, e.g. a `Stage`.
        inputs: Looks, frames, speech that it builds on.
        seed: Of the request and the take's number; never of film, clock or chance.
    """

    medium: Medium
    operation: str
    prompt: str
    params: Json
    inputs: Sequence[Input] = ()
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a provider would be sent, canonically: equal requests have equal fingerprints."""

    provider: str
    model: str
    model_name: str
    operation: str
    prompt: str
    params: Json
    inputs: tuple[Input, ...] = ()
    seed: int = 0

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that shapes the result; paths and the model's display name do not."""
        return wire.digest(self.canonical)

    @property
    def canonical(self) -> Json:
        """The request as JSON, inputs by digest."""
        return {
            "provider": self.provider,
            "model": self.model,
            "operation": self.operation,
            "prompt": self.prompt,
            "params": self.params,
            "inputs": [[i.role, i.digest] for i in self.inputs],
            "seed": self.seed,
        }


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a request may cost at most, and how that was reckoned. `microusd` None: unknown, which is never 0.

    `low_microusd` is the least that it may cost; None where that is no less.
    """

    microusd: int | None
    quantity: float
    unit: str
    unit_microusd: int | None
    basis: str
    dated: str
    low_microusd: int | None = None

    @property
    def least_microusd(self) -> int | None:
        """The least that it may cost; None when that is unknown."""
        return self.microusd if self.low_microusd is None else self.low_microusd


class JobState(StrEnum):
    """Where a provider's job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """A provider's word on a job; `microusd` is what a job that ended badly cost, None where it does not say."""

    state: JobState
    reason: str = ""
    microusd: int | None = None


@dataclass(frozen=True, kw_only=True)
class Output:
    """What was fetched: bytes in the file that the gate named, what they are, and what the provider says of them.

    `microusd` is what was charged as the provider reports it, or None when it does not say.
    """

    media_type: str
    details: Json
    microusd: int | None = None


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A provider's word that it has taken a request, and so may charge for it.

    Attributes:
        job_id: Its own name for the job.
        output: What came along with the word: it is in the file that the gate named, on the disk, and cannot be
            fetched again. None where the job has yet to be done.
        ended: How the job ended badly, where the answer says so already.
        raw: The answer, without secrets and without media.
    """

    job_id: str
    output: Output | None = None
    ended: JobStatus | None = None
    raw: Json = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a provider's contract promises; whatever is not proved stays at the pessimistic default.

    Attributes:
        dedupe: ``key`` (same key, same job), ``client_ref`` (jobs are found by our reference) or ``none``.
        key_life_s: How long a key is remembered.
        listing_lag_s: How long a job may be missing from the provider's list after its request has left; infinite
            where there is no list that could be believed.
        retention_s: How long an output can be fetched again by job id.
        not_charged: HTTP statuses of a first submission that are surely not charged.
        poll_s: How long it wants to be left alone between two questions about one job.
        at_once: How many jobs an account may have under way, over all processes; None: as many as the worker processes
            can use.
        rights: What may be done with what it makes, by its terms.
    """

    dedupe: str = "none"
    key_life_s: float = 0.0
    listing_lag_s: float = float("inf")
    retention_s: float = 0.0
    not_charged: frozenset[int] = frozenset()
    poll_s: float = 2.0
    at_once: int | None = None
    rights: Rights = UNKNOWN_RIGHTS


CLONE = "clone"
"""The operation of a `Cloner`: a voice made of its inputs, named by the prompt; its details say its ``voice_id``, and
whether it ``requires_verification``; with ``unused_days`` also, how long it is kept if it does not speak."""


class Provider(Protocol):
    """One provider. Raises `Refused` errors when nothing was charged and never will be, `Unavailable` when nothing
    was accepted; any other outcome of `submit` is ambiguous and the gate treats it so."""

    name: str
    terms: Terms

    def plan(self, ask: Ask, model: str | None) -> Request:
        """What would be sent for `ask`; pure. Raises `BadInput` for what this provider or model cannot do."""

    def ready(self) -> None:
        """Raise BadInput when something is missing without which nothing can be sent, such as a key."""

    def price(self, request: Request) -> Price:
        """What `request` costs at most; pure. Estimate and settlement both use it."""

    async def submit(self, request: Request, client_ref: str, into: Path) -> Accepted:
        """Send `request` once. An output that comes with the answer is written to `into`, durably."""

    async def poll(self, request: Request, job_id: str) -> JobStatus:
        """Where the job stands. An unknown status raises, it is never success."""

    async def fetch(self, request: Request, job_id: str, into: Path) -> Output:
        """Write the job's output to the file `into`; a second call writes the same again while it is retained."""

    async def find(self, client_ref: str) -> str | None:
        """The job that was submitted with `client_ref`, or None where the provider lists none (yet)."""

    async def cancel(self, request: Request, job_id: str) -> None:
        """Ask the provider to stop; a finished job is left as it is."""

    async def aclose(self) -> None:
        """Let go of connections and child processes; work under way is stopped."""


@runtime_checkable
class Cloner(Provider, Protocol):
    """A provider that clones voices as well."""

    clones: Literal[True]
