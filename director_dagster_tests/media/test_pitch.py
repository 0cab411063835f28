"""The pitch of a voice."""

import numpy as np
import pytest

from director_dagster.media import pitch, sound
from director_dagster_tests.media.tones import buzz, noise


@pytest.mark.parametrize("hz", [62.0, 98.0, 181.3, 247.0, 420.0])
def test_the_fundamental_is_found_within_half_a_percent(hz: float) -> None:
    assert pitch.median_hz(buzz(hz, 1)) == pytest.approx(hz, rel=0.005)


def test_pauses_do_not_count() -> None:
    samples = np.concatenate([buzz(120, 0.5), sound.silence(2, 1), buzz(120, 0.5)])

    assert pitch.median_hz(samples) == pytest.approx(120, rel=0.005)
    assert len(pitch.track_hz(samples)) < 110


@pytest.mark.parametrize("samples", [sound.silence(1, 1), sound.silence(0, 1), noise(1, channels=1)])
def test_what_has_no_pitch_has_pitch_zero(samples: sound.Samples) -> None:
    assert pitch.median_hz(samples) == 0
