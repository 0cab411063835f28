"""Title and credits: Lato, quiet and well spaced, over a night sea that moves."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from director_dagster.animatic import camera, letters
from director_dagster.animatic.drawing import Drawing, width_of
from director_dagster.animatic.motion import FPS, Clock, Speaking
from director_dagster.animatic.places import backdrop, world_of
from director_dagster.animatic.raster import Pixels
from director_dagster.media.encode import VideoWriter
from director_dagster.story.shot import Move, Setting, Size, TimeOfDay, Weather

_FADE_S = 0.8
"""How long words take to appear."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """Text set on a card, with the shade behind it, and when it comes and goes, in seconds."""

    cover: Pixels
    shade: Pixels
    from_s: float
    until_s: float


def shoot_title(title: str, author: str | None, *, frames: int, size: Size, seed: int, out: Path) -> None:
    """Write the title card to `out`: `title`, and `author` under it; a long title is wrapped, then made smaller."""
    length_s = frames / FPS
    page = title_page(title, author, size)
    words = Words(cover=page, shade=letters.behind(page), from_s=min(0.6, length_s / 6), until_s=length_s)
    _shoot([words], TimeOfDay.NIGHT, frames=frames, size=size, seed=seed, out=out)


def shoot_credits(lines: tuple[tuple[str, str], ...], *, frames: int, size: Size, seed: int, out: Path) -> None:
    """Write the end card to `out`: (role, name) by twos, on as many pages after each other as they need."""
    pages = _credit_pages(lines, size) or [np.zeros((size.height_px, size.width_px), np.uint8)]
    share_s = frames / FPS / len(pages)
    words = [
        Words(cover=page, shade=letters.behind(page), from_s=share_s * i, until_s=share_s * (i + 1))
        for i, page in enumerate(pages)
    ]
    _shoot(words, TimeOfDay.NIGHT, frames=frames, size=size, seed=seed, out=out)


def _shoot(words: list[Words], time: TimeOfDay, *, frames: int, size: Size, seed: int, out: Path) -> None:
    film = camera.film(_ground(time, size, seed))
    length_s = frames / FPS
    quiet = Speaking(levels={})
    with VideoWriter(out, width_px=size.width_px, height_px=size.height_px) as writer:
        for index in range(frames):
            clock = Clock(frame=index, time_s=index / FPS, progress=index / max(frames - 1, 1), length_s=length_s)
            picture = camera.picture(film, camera.lens(Move.PUSH, clock, seed), clock, quiet, seed)
            for text in words:
                shown = min((clock.time_s - text.from_s) / _FADE_S, (text.until_s - clock.time_s) / _FADE_S, 1.0)
                picture = letters.lay(picture, text.cover, text.shade, shown)
            writer.write(picture)


def _ground(time: TimeOfDay, size: Size, seed: int) -> Drawing:
    """An open sea without anyone, dimmed so that words are read easily."""
    setting = Setting(place="CARD", interior=False, pieces=("sea",), time=time, weather=Weather.CLEAR)
    world = world_of(setting, width_of(size), 760.0)
    palette = world.palette
    layers = tuple(layer for layer in backdrop(world) if layer.name != "jetty")
    return Drawing(
        size=size, layers=layers, interior=False, time=time, weather=Weather.CLEAR, light=palette.light,
        light_from=float(world.side), fog=palette.haze, vignette=0.6, near=1.0, seed=seed,
    )  # fmt: skip


def title_page(title: str, author: str | None, size: Size) -> Pixels:
    """What the title and its author cover of a card: uint8, shape (height, width)."""
    page = Image.new("L", (size.width_px, size.height_px), 0)
    pen = ImageDraw.Draw(page)
    unit = min(size.width_px, size.height_px)
    room = (size.width_px * 0.80, size.height_px * (0.50 if author else 0.60))
    lines, font = letters.fitted(title.strip() or "Untitled", room, unit * 0.115, unit * 0.028)
    step = font.size * 1.22
    top = size.height_px * 0.46 - step * len(lines) / 2
    for i, text in enumerate(lines):
        pen.text((size.width_px / 2, top + step * (i + 0.5)), text, font=font, fill=255, anchor="mm")
    if author:
        below = top + step * len(lines) + unit * 0.055
        pen.line(
            [(size.width_px / 2 - unit * 0.05, below), (size.width_px / 2 + unit * 0.05, below)],
            170,
            max(1, unit // 480),
        )
        small, small_font = letters.fitted(
            author.strip(), (size.width_px * 0.7, unit * 0.12), unit * 0.036, unit * 0.018
        )
        for i, text in enumerate(small):
            at = (size.width_px / 2, below + unit * 0.06 + i * small_font.size * 1.4)
            pen.text(at, text, font=small_font, fill=215, anchor="mm")
    return np.asarray(page, dtype=np.uint8)


def _credit_pages(lines: tuple[tuple[str, str], ...], size: Size) -> list[Pixels]:
    unit = min(size.width_px, size.height_px)
    a_page = max(3, int(size.height_px * 0.68 / (unit * 0.085)))
    return [_credit_page(lines[i : i + a_page], size, unit) for i in range(0, len(lines), a_page)]


def _credit_page(lines: tuple[tuple[str, str], ...], size: Size, unit: int) -> Pixels:
    page = Image.new("L", (size.width_px, size.height_px), 0)
    pen = ImageDraw.Draw(page)
    step = unit * 0.085
    gap = unit * 0.024
    room = size.width_px * 0.44 - gap
    y = size.height_px / 2 - step * (len(lines) - 1) / 2
    for role, name in lines:
        role_font, name_font = (
            letters.on_one_line(role, room, unit * 0.030),
            letters.on_one_line(name, room, unit * 0.038),
        )
        pen.text((size.width_px / 2 - gap, y), role, font=role_font, fill=165, anchor="rm")
        pen.text((size.width_px / 2 + gap, y), name, font=name_font, fill=255, anchor="lm")
        y += step
    return np.asarray(page, dtype=np.uint8)
