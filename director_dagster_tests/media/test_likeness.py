"""Likeness: pictures that look the same have the same hash, whatever their size; others have not."""

from io import BytesIO
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from director_dagster.errors import MediaDamaged
from director_dagster.media.likeness import likeness, look


def drawn(seed: int, side: int = 64, ending: str = "PNG") -> bytes:
    """A picture of some soft patches."""
    patches = Image.new("L", (6, 6))
    patches.putdata([Random(f"{seed} {number}").randrange(256) for number in range(36)])
    data = BytesIO()
    patches.resize((side, side), Image.Resampling.BICUBIC).save(data, ending)
    return data.getvalue()


@given(st.integers(1, 500))
def test_the_same_picture_in_another_size_and_encoding_looks_the_same(seed: int) -> None:
    assert likeness(look(drawn(seed)), look(drawn(seed, side=256, ending="JPEG"))) > 0.9


def test_other_pictures_look_otherwise() -> None:
    looks = [look(drawn(seed)) for seed in range(8)]

    others = [likeness(one, other) for number, one in enumerate(looks) for other in looks[number + 1 :]]
    assert max(others) < 0.8
    assert likeness(looks[0], looks[0]) == 1


def test_what_is_no_picture_is_told() -> None:
    with pytest.raises(MediaDamaged, match="no picture to look at"):
        look(b"nothing")
