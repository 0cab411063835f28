"""What may be done with a piece, as a user tells it: known by a licence's name, by their word, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.errors import BadInput
from director_dagster.story.rights import Rights, rights

BY_NAME = {
    "cc-by-4.0": ("CC-BY-4.0", True, True),
    "CC-BY-NC-4.0": ("CC-BY-NC-4.0", False, True),
    " CC-BY-NC-ND-3.0-IGO ": ("CC-BY-NC-ND-3.0-IGO", False, False),
    "CC-BY-ND-4.0": ("CC-BY-ND-4.0", True, False),
    "CC-BY-NC-SA-2.0": ("CC-BY-NC-SA-2.0", False, True),
    "CC0-1.0": ("CC0-1.0", True, True),
    "MIT": ("MIT", None, None),
    "CC-BY-NC-4.0 OR MIT": ("CC-BY-NC-4.0 OR MIT", None, None),
    "LicenseRef-letter-of-2026": ("LicenseRef-letter-of-2026", None, None),
    "https://stock.example/terms?v=2": ("https://stock.example/terms?v=2", None, None),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_what_a_licence_allows_is_known_where_its_name_says_it(name: str) -> None:
    found = rights(name)

    assert (found.licence, found.commercial, found.derivatives) == BY_NAME[name]


def test_what_is_said_counts_and_what_is_not_said_stays_unknown() -> None:
    assert rights(None) == Rights()
    assert rights(None, commercial=False) == Rights(commercial=False)
    assert rights("https://x.example/", derivatives=True) == Rights(licence="https://x.example/", derivatives=True)
    assert rights("CC-BY-NC-4.0", commercial=False).commercial is False


def test_a_word_that_the_licences_name_belies_is_refused() -> None:
    with pytest.raises(BadInput, match=r"CC-BY-NC-4\.0 forbids commercial use: who was allowed otherwise names"):
        rights("CC-BY-NC-4.0", commercial=True)
    with pytest.raises(BadInput, match=r"CC0-1\.0 allows derivatives"):
        rights("CC0-1.0", derivatives=False)


@pytest.mark.parametrize(
    "name", ["", "CC-BY-NC4.0", "mine", "ftp://x.example/", "https://", "https://a b", "x" * 999, "(" * 190]
)
def test_what_is_no_licence_is_told_in_one_line(name: str) -> None:
    with pytest.raises(BadInput, match=r"is no licence: write its SPDX identifier|is named in up to"):
        rights(name)


@given(st.text(max_size=40))
def test_whatever_is_said_is_a_licence_or_refused(name: str) -> None:
    try:
        found = rights(name)
    except BadInput:
        return
    assert found.licence
    assert rights(found.licence) == found
