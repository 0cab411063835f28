"""The crew: which provider, and which of its models, serves each medium of a film."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from director_dagster.catalog.queries.states import FREE, made_as
from director_dagster.errors import BadInput, Refused
from director_dagster.providers.contract import Ask, Input, Medium, Provider

HOUSE = FREE
DRAFT, FINAL = "draft", "final"
SIZE = {"width_px": 1280, "height_px": 720}
VOICE = {"language": "en-GB", "pitch": 1.0, "speed": 1.0}
FRAME = Input(role="frame", digest="0" * 64, path=Path())
SUCH: Mapping[Medium, Ask] = {
    each.medium: each
    for each in (
        Ask(
            medium=Medium.SCRIPT,
            operation="draft",
            prompt="A fox",
            params={"idea": "A fox", "language": "en", "genre": None, "style": None},
        ),
        Ask(medium=Medium.IMAGE, operation="frame", prompt="A fox", params={"size": SIZE}),
        Ask(
            medium=Medium.VIDEO,
            operation="shot",
            prompt="A fox runs",
            params={"size": SIZE, "frames": 48},
            inputs=[FRAME],
        ),
        Ask(
            medium=Medium.SPEECH,
            operation="line",
            prompt="Hello.",
            params={"text": "Hello.", "voice": VOICE, "manner": "plain"},
        ),
        Ask(
            medium=Medium.MUSIC,
            operation="score",
            prompt="Calm music",
            params={"genre": None, "style": None, "moods": [], "seconds": 30.0},
        ),
    )
}
"""A piece of each medium, such as films have."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """Who serves a medium; `model` None is the provider's own choice."""

    provider: Provider
    model: str | None


@dataclass(frozen=True, kw_only=True)
class Maker:
    """A provider that can make a medium.

    Attributes:
        name: Of the provider.
        models: Those of its models that it is known to have; it may have others.
        lacks: What is missing before it can be asked for anything, in a line; empty when nothing is.
    """

    name: str
    models: Sequence[str]
    lacks: str

    @property
    def words(self) -> Sequence[str]:
        """What a crew may call it, e.g. ``openai`` and ``openai:gpt-image-2``."""
        return [self.name, *(f"{self.name}:{model}" for model in self.models)]


def provider_of(maker: str) -> str:
    """The provider of a crew's word for who makes something, e.g. ``openai:gpt-image-2``."""
    return maker.partition(":")[0]


def stand_of(kind: str, provider: str | None) -> str:
    """Whether a piece is a ``draft``, of the house, or ``final``, of a provider that one chose; empty for what is
    neither: what a user brought, what is put together from others, and the house's own cards and ambience."""
    stand = "assembled" if provider is None else made_as(kind, provider)
    return "" if stand == "assembled" else stand


def refuse_strange(providers: Mapping[str, Provider], crew: Mapping[str, str]) -> None:
    """Raise BadInput when a crew names a medium that there is none of, or a provider that is not installed."""
    _refuse_strange_media(crew)
    for medium in crew:
        member(providers, crew, Medium(medium))


def refuse_unable(providers: Mapping[str, Provider], crew: Mapping[str, str]) -> None:
    """Raise BadInput when whom a crew names for a medium does not make that at all, or has no such model, or no longer
    (ModelRetired): each is shown a piece such as films have, and nothing is sent."""
    for medium in crew:
        who = member(providers, crew, Medium(medium))
        who.provider.plan(SUCH[Medium(medium)], who.model)


def makers(providers: Mapping[str, Provider], medium: Medium) -> Sequence[Maker]:
    """Who beside the house can make a medium, by name: each is shown a piece such as films have; nothing is sent."""
    found = []
    for name in sorted(set(providers) - {HOUSE}):
        try:
            providers[name].plan(SUCH[medium], None)
        except Refused:
            continue
        # What was plugged in need not say which models it has.
        models = getattr(providers[name], "models", {}).get(medium, ())
        found.append(Maker(name=name, models=models, lacks=lacking(providers, name)))
    return found


def lacking(providers: Mapping[str, Provider], maker: str) -> str:
    """What is missing before that maker can be asked for anything, in a line; empty when nothing is."""
    provider = providers.get(provider_of(maker))
    if provider is None:
        return f"no such provider is installed; there are {', '.join(providers)}"
    try:
        provider.ready()
    except BadInput as exc:
        return str(exc)
    return ""


def member(providers: Mapping[str, Provider], crew: Mapping[str, str], medium: Medium) -> Member:
    """Who serves `medium` in a film with these settings: the animatic, unless the film names another.

    Raises BadInput for a provider that is not installed, or a medium that there is none of.
    """
    _refuse_strange_media(crew)
    name, _, model = crew.get(medium, HOUSE).partition(":")
    provider = providers.get(name)
    if provider is None:
        raise BadInput(
            f"the crew's {medium} is {name!r}, and no such provider is installed; there are {', '.join(providers)}"
        )
    return Member(provider=provider, model=model or None)


def _refuse_strange_media(crew: Mapping[str, str]) -> None:
    strange = sorted(set(crew) - set(Medium))
    if strange:
        raise BadInput(f"the crew names {strange[0]!r}; there are {', '.join(Medium)}")
