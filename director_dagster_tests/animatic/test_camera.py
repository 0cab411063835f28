"""Moving pictures: everything moves, people speak, any picture can be filmed."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from director_dagster.animatic import artist, camera
from director_dagster.errors import BadInput
from director_dagster.story.shot import Framing, Mouth, Move, Pose, Size, TimeOfDay, Weather
from director_dagster_tests.animatic.stages import SMALL, SQUARE, figure, setting, stage

Frames = NDArray[np.int16]


def filmed(
    path: Path,
    frame: bytes,
    move: Move = Move.HOLD,
    frames: int = 36,
    size: Size = SMALL,
    mouths: tuple[Mouth, ...] = (),
) -> Frames:
    """The luma of every frame that the camera wrote to `path`."""
    camera.shoot(frame, move=move, frames=frames, size=size, mouths=mouths, seed=3, out=path)
    with av.open(str(path)) as container:
        return np.stack([f.to_ndarray(format="gray") for f in container.decode(video=0)]).astype(np.int16)


def photograph(width: int = 200, height: int = 150) -> bytes:
    stream = io.BytesIO()
    ramp = np.linspace(0, 255, width * height * 3, dtype=np.uint8).reshape(height, width, 3)
    Image.fromarray(ramp).save(stream, "JPEG")
    return stream.getvalue()


@pytest.mark.parametrize("move", list(Move))
@pytest.mark.slow
def test_no_move_leaves_the_picture_frozen_or_flat(tmp_path: Path, move: Move) -> None:
    shot = stage(setting("shore", "sea", time=TimeOfDay.DUSK), Framing.WIDE, figure("MARA", pose=Pose.WALK))

    frames = filmed(tmp_path / "shot.mp4", artist.draw(shot, SMALL), move)

    changed = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
    assert frames.shape == (36, SMALL.height_px, SMALL.width_px)
    assert changed.min() > 0
    assert np.abs(frames[0] - frames[24]).mean() > 0.5
    assert frames.std(axis=(1, 2)).min() >= 12


@pytest.mark.parametrize("weather", list(Weather))
def test_weather_moves_while_the_camera_holds(tmp_path: Path, weather: Weather) -> None:
    shot = stage(setting("street", time=TimeOfDay.NIGHT, weather=weather), Framing.MEDIUM, figure("ELIAS"))

    frames = filmed(tmp_path / "shot.mp4", artist.draw(shot, SMALL), frames=12)

    assert np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2)).min() > 0


def test_a_mouth_moves_when_its_voice_is_heard(tmp_path: Path) -> None:
    frame = artist.draw(stage(setting("room", interior=True), Framing.CLOSE_UP, figure("MARA", 0.5)), SMALL)
    loud = (Mouth(character="MARA", first_frame=6, levels=(0.9,) * 6),)

    silent = filmed(tmp_path / "silent.mp4", frame, frames=16)
    spoken = filmed(tmp_path / "spoken.mp4", frame, frames=16, mouths=loud)

    moved = np.abs(silent - spoken).max(axis=(1, 2))
    assert moved[:6].max() < 25
    assert moved[6:12].min() > 40


def test_a_voice_of_someone_else_moves_nobody(tmp_path: Path) -> None:
    frame = artist.draw(stage(setting("room", interior=True), Framing.CLOSE_UP, figure("MARA", 0.5)), SMALL)
    other = (Mouth(character="NARRATOR", first_frame=0, levels=(1.0,) * 12),)

    camera.shoot(frame, move=Move.HOLD, frames=8, size=SMALL, mouths=(), seed=3, out=tmp_path / "a.mp4")
    camera.shoot(frame, move=Move.HOLD, frames=8, size=SMALL, mouths=other, seed=3, out=tmp_path / "b.mp4")

    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("size", [SMALL, SQUARE], ids=["wider", "narrower"])
def test_a_picture_without_layers_is_filmed_flat_and_fills_the_frame(tmp_path: Path, size: Size) -> None:
    frames = filmed(tmp_path / "flat.mp4", photograph(), Move.PAN_LEFT, size=size)

    assert frames.shape[1:] == (size.height_px, size.width_px)
    assert np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2)).min() > 0
    assert frames.std(axis=(1, 2)).min() >= 12


def test_a_frame_of_another_size_is_filmed_at_the_size_asked_for(tmp_path: Path) -> None:
    frame = artist.draw(stage(setting("field"), Framing.WIDE, figure("MARA")), SMALL)

    frames = filmed(tmp_path / "shot.mp4", frame, frames=3, size=Size(width_px=640, height_px=360))

    assert frames.shape == (3, 360, 640)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no picture"):
        camera.shoot(b"text", move=Move.HOLD, frames=2, size=SMALL, mouths=(), seed=1, out=tmp_path / "x.mp4")

    assert list(tmp_path.iterdir()) == []
