"""A drawing travels inside its PNG, and nothing else passes for one."""

import io
import json

import pytest
from PIL import Image, PngImagePlugin

from director_dagster.animatic import artist, drawing
from director_dagster.story import wire
from director_dagster.story.shot import Framing
from director_dagster_tests.animatic.stages import SMALL, figure, setting, stage


def plain_png(text: str | None = None) -> bytes:
    info = PngImagePlugin.PngInfo()
    if text is not None:
        info.add_itxt(drawing.CHUNK, text, zip=True)
    stream = io.BytesIO()
    Image.new("RGB", (32, 18), "#336699").save(stream, "PNG", pnginfo=info)
    return stream.getvalue()


def test_a_frame_carries_its_drawing() -> None:
    sheet = artist.compose(stage(setting("sea"), Framing.WIDE, figure("MARA")), SMALL)

    png = artist.develop(sheet)

    assert drawing.read(png) == sheet


@pytest.mark.parametrize("data", [b"", b"no picture", plain_png(), plain_png("{}"), plain_png("not json")])
def test_what_is_no_drawing_of_ours_is_none(data: bytes) -> None:
    found = drawing.read(data)

    assert found is None


@pytest.mark.parametrize(
    "svg", ['<image href="file:///etc/passwd"/>', '<use xlink:href="http://x/y.svg"/>', "<!DOCTYPE x>"]
)
def test_a_drawing_that_refers_to_something_outside_of_itself_is_refused(svg: str) -> None:
    honest = wire.dump(artist.compose(stage(setting("sea")), SMALL))
    honest["layers"][0]["cels"] = [svg]

    found = drawing.read(plain_png(json.dumps(honest)))

    assert found is None
