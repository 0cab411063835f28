"""Models: of what medium a request is, and what to name instead of a model that its provider has no longer."""

from collections.abc import Mapping, Sequence

from director_dagster.providers.contract import Medium, Request

MEDIA: Mapping[str, Medium] = {
    "draft": Medium.SCRIPT,
    "character": Medium.IMAGE,
    "location": Medium.IMAGE,
    "prop": Medium.IMAGE,
    "frame": Medium.IMAGE,
    "shot": Medium.VIDEO,
    "line": Medium.SPEECH,
    "score": Medium.MUSIC,
}
"""By operation, the medium of the crew that names its model; it names none for other operations."""


def instead(request: Request, known: Mapping[Medium, Sequence[str]]) -> str:
    """What to do about a model that is gone; `known` are the provider's that we know how to ask for, by medium."""
    medium, provider = MEDIA.get(request.operation), request.provider
    if medium is None:
        return f"let another provider than {provider} make it"
    prices = "prices of models that we do not know go into prices.toml"
    others = [model for model in known.get(medium, ()) if model != request.model]
    if not others:
        return (
            f"we know no other of {provider} for {medium}: name one of its newer models, --{medium} {provider}:MODEL, "
            f"or another provider; {prices}"
        )
    return f"choose another, e.g. --{medium} {provider}:{others[0]} (we know {', '.join(others)}); {prices}"
