"""What the `generation_metadata` and the tags of every asset hold: one table, walked by a test."""

from collections.abc import Iterable, Mapping
from typing import Any

from director_dagster.catalog.tables import AssetKind, AssetSource, AssetType, Json

ALWAYS = ("model", "model_name", "provider", "prompt", "seed", "generated_at")
OF_ONE_CHARACTER = ("character_id", "character_name")
REQUIRED: Mapping[AssetType, tuple[str, ...]] = {
    "script": (*ALWAYS, "genre", "style"),
    "image": ALWAYS,
    "video": (*ALWAYS, "duration"),
    "audio": (*ALWAYS, "duration"),
    "text": ALWAYS,
}
TAGGED = ("model", "genre", "style")


def metadata_of(type_: AssetType, facts: Mapping[str, Any], more: Mapping[str, Any]) -> Json:
    """The metadata of an asset of `type_`: all keys that it must have, null where a fact is not known; then whatever
    else is known, and `more`, which never overrides a fact."""
    known = {key: value for key, value in facts.items() if value is not None}
    return {**more, **dict.fromkeys(REQUIRED[type_]), **known}


def tags_of(
    *,
    type_: AssetType,
    kind: AssetKind,
    source: AssetSource,
    facts: Mapping[str, Any],
    more: Iterable[str],
) -> list[str]:
    """The tags of an asset, in this order and each once; `more` are the user's."""
    made = ("ai-generated",) if source == "generation" else ()
    tags = (*made, kind_tag(type_, kind), *(facts.get(key) for key in TAGGED), *more)
    return list(dict.fromkeys(tag for tag in tags if tag))


def kind_tag(type_: AssetType, kind: AssetKind) -> str:
    """What a row is, as a tag: ``character-image``, ``shot-video``; ``script`` where kind and type are one word."""
    return kind if kind == type_ else f"{kind}-{type_}"
