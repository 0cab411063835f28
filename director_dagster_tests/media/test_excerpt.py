"""Pieces of sound at their places."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.media.excerpt import Excerpt, render
from director_dagster_tests.media.tones import noise


@given(st.integers(-400, 800), st.integers(0, 300), st.integers(0, 300), st.lists(st.integers(1, 999), max_size=4))
@settings(deadline=None)
def test_blocks_join_to_the_whole_wherever_they_are_cut(start: int, rise: int, fall: int, cuts: list[int]) -> None:
    piece = Excerpt(samples=noise(0.01), start=start, fade_in=rise, fade_out=fall)
    edges = sorted({0, 1000, *cuts})

    blocks = [render([piece], first, end - first) for first, end in itertools.pairwise(edges)]

    assert np.array_equal(np.concatenate(blocks), render([piece], 0, 1000))


def test_a_mono_excerpt_is_heard_from_both_sides() -> None:
    samples = noise(0.01, channels=1)

    made = render([Excerpt(samples=samples, start=10)], 0, 600)

    assert np.array_equal(made[10:490, 0], samples[:, 0])
    assert np.array_equal(made[:, 0], made[:, 1])


def test_two_that_cross_keep_their_power() -> None:
    one = Excerpt(samples=noise(2, seed=1), start=0, fade_out=48_000)
    other = Excerpt(samples=noise(2, seed=2), start=48_000, fade_in=48_000)

    made = render([one, other], 0, 144_000)

    middle, before = made[60_000:84_000], made[:40_000]
    assert np.mean(np.square(middle)) == pytest.approx(np.mean(np.square(before)), rel=0.05)


@given(st.integers(-2000, 2000), st.integers(1, 3000), st.integers(0, 5000))
@settings(deadline=None)
def test_a_short_sound_goes_round(start: int, length: int, offset: int) -> None:
    samples = noise(0.01)
    piece = Excerpt(samples=samples, start=start, length=length, offset=offset)

    made = render([piece], 0, 1000)

    heard = [at for at in range(1000) if start <= at < start + length]
    expected = samples[(np.array(heard, dtype=int) - start + offset) % len(samples)]
    assert np.array_equal(made[heard], expected)
    assert np.count_nonzero(np.delete(made, heard, axis=0)) == 0
