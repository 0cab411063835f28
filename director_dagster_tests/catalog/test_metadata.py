"""Tests of the table of required metadata and tags."""

from typing import get_args

import pytest

from director_dagster.catalog.metadata import ALWAYS, REQUIRED, kind_tag, metadata_of, tags_of
from director_dagster.catalog.tables import AssetKind, AssetType


def test_every_type_has_its_required_keys() -> None:
    assert set(REQUIRED) == set(get_args(AssetType))
    assert [type_ for type_, keys in REQUIRED.items() if not set(ALWAYS) <= set(keys)] == []


@pytest.mark.parametrize("type_", get_args(AssetType))
def test_a_required_key_is_there_even_when_nothing_is_known(type_: AssetType) -> None:
    metadata = metadata_of(type_, {}, {})

    assert metadata == dict.fromkeys(REQUIRED[type_])


def test_what_the_caller_adds_never_overrides_a_fact() -> None:
    metadata = metadata_of("image", {"model": "flux-dev", "genre": "noir"}, {"model": "x", "seed": 1, "lens": "50mm"})

    assert (metadata["model"], metadata["seed"], metadata["genre"], metadata["lens"]) == (
        "flux-dev",
        None,
        "noir",
        "50mm",
    )


def test_the_guides_example_has_the_guides_tags() -> None:
    tags = tags_of(type_="image", kind="character", source="generation", facts={"model": "flux-dev"}, more=())

    assert tags == ["ai-generated", "character-image", "flux-dev"]


def test_tags_stand_in_order_and_each_once_with_the_users_last() -> None:
    facts = {"model": "kling-v3", "genre": "thriller", "style": "noir"}

    tags = tags_of(type_="video", kind="shot", source="generation", facts=facts, more=["noir", "outdoor", "outdoor"])

    assert tags == ["ai-generated", "shot-video", "kling-v3", "thriller", "noir", "outdoor"]


def test_an_upload_is_not_tagged_as_generated() -> None:
    assert tags_of(type_="script", kind="script", source="upload", facts={}, more=()) == ["script"]


@pytest.mark.parametrize("kind", get_args(AssetKind))
def test_every_kind_has_a_tag(kind: AssetKind) -> None:
    assert kind_tag("image", kind) == f"{kind}-image"
