"""Tests of ids."""

from uuid import UUID

import pytest

from director_dagster.catalog.ids import as_id, new_id
from director_dagster.errors import BadInput


def test_ids_sort_by_when_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]

    assert ids == sorted(ids)
    assert {id_.version for id_ in ids} == {7}


def test_an_id_may_come_as_text() -> None:
    id_ = new_id()

    assert as_id(str(id_)) == id_
    assert as_id(id_) is id_
    assert isinstance(as_id(str(id_)), UUID)


def test_a_text_that_is_no_id_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="'char_uuid' is no id"):
        as_id("char_uuid")
