"""A film as its makers ask for it: its key, its format and its settings."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Self

from anyascii import anyascii
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from director_dagster.errors import BadInput
from director_dagster.story.shot import Size

FILM_KEY = re.compile(r"(?P<workspace>[a-z0-9][a-z0-9-]{0,39})/(?P<film>[a-z0-9][a-z0-9-]{0,59})")
SLUG_CHARS = 60


@dataclass(frozen=True, kw_only=True)
class FilmKey:
    """Which film of which workspace; as text it is the film's partition in Dagster."""

    workspace: str
    film: str

    def __str__(self) -> str:
        return f"{self.workspace}/{self.film}"


def parse_film_key(text: str) -> FilmKey:
    """The key that `text` spells. Raises BadInput when it is not e.g. ``acme/the-lighthouse``."""
    match = FILM_KEY.fullmatch(text)
    if match is None:
        raise BadInput(
            f"{text[:120]!r} is no film: write <workspace>/<film> in small letters, digits and hyphens, "
            "e.g. acme/the-lighthouse"
        )
    return FilmKey(workspace=match["workspace"], film=match["film"])


def slug(title: str) -> str:
    """`title` as a film's slug, in Latin letters: ``Маяк № 7`` gives ``mayak-no-7``.

    Raises BadInput when no letter or digit is left.
    """
    words = re.sub(r"[^a-z0-9]+", "-", anyascii(title).casefold()).strip("-")
    if not words:
        raise BadInput(f"no film can be named after {title[:60]!r}; give it a name with --film")
    return words[:SLUG_CHARS].strip("-")


class Format(StrEnum):
    """The film's picture, width to height."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"

    @property
    def size(self) -> Size:
        """Its pixels."""
        width, height = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (720, 720)}[self.value]
        return Size(width_px=width, height_px=height)


Word = Annotated[str, Field(min_length=1, max_length=60)]
Role = Annotated[str, Field(pattern="^(script|image|video|speech|music)$")]


class FilmSettings(BaseModel):
    """What ``film.toml`` may say; every field has a default.

    Attributes:
        title: Instead of the screenplay's own.
        format: ``16:9``, ``9:16`` or ``1:1``.
        language: Of the speech, e.g. ``en``; without a voice for it the film is subtitled and silent.
        genre: E.g. ``thriller``; colours the music, is a tag of every asset.
        style: E.g. ``noir``; for models that read, and a tag of every asset.
        moods: For the music, e.g. ``["calm", "hopeful"]``.
        narration: Whether the narrator tells what the picture cannot show.
        crew: Provider, and after a colon the model, of each medium, e.g. ``{image = "animatic"}``.
        characters: A cue and the workspace's character that it stands for, e.g. ``{"OLD MAN" = "ELIAS"}``.
        series: The series it belongs to.
        episode: Its number there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    format: Format = Format.WIDE
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")] = "en"
    genre: Word | None = None
    style: Word | None = None
    moods: tuple[Word, ...] = ()
    narration: bool = True
    crew: dict[Role, Word] = Field(default_factory=dict)
    characters: dict[Word, Word] = Field(default_factory=dict)
    series: Word | None = None
    episode: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None

    @classmethod
    def from_toml(cls, text: str, *, name: str = "film.toml") -> Self:
        """The settings that TOML `text` spells. Raises BadInput in one line that names the field."""
        try:
            return cls.of(tomllib.loads(text), name=name)
        except tomllib.TOMLDecodeError as exc:
            raise BadInput(f"{name} is no TOML: {exc}") from exc

    @classmethod
    def of(cls, values: Mapping[str, Any], *, name: str) -> Self:
        """The settings that `values` spell; `name` is where they stand. Raises BadInput as `from_toml`."""
        try:
            return cls.model_validate(values)
        except ValidationError as exc:
            raise BadInput(f"{name}: {_first_fault(exc)}") from exc


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "the file"
    return f"{where}: {fault['msg']} (it says {str(fault['input'])[:60]!r})"
