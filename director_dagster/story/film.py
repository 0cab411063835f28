"""A film as its makers ask for it: its key, its format and its settings."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from anyascii import anyascii
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from director_dagster.errors import BadInput
from director_dagster.story import words
from director_dagster.story.crew import MEDIA, spell_out
from director_dagster.story.shot import Size
from director_dagster.story.talk import ALL, Talk

FILM_KEY = re.compile(r"(?P<workspace>[a-z0-9][a-z0-9-]{0,39})/(?P<film>[a-z0-9][a-z0-9-]{0,59})")
SLUG_CHARS = 60
TITLE_CHARS = 200
SHOWN_CHARS = 60
# The settings nest one deep and a line holds one: what is longer is no film.toml, and slow to refuse (2026-11).
TOML_LINE_CHARS = 2000
IN_WORDS = {
    "extra_forbidden": "there is no such setting",
    "tuple_type": 'should be a list, as ["calm", "tense"]',
    "dict_type": "should be a table",
    "string_type": "should be a text, in quotes",
    "bool_type": "should be true or false",
    "int_type": "should be a whole number",
    "string_too_short": "should not be empty",
    "string_pattern_mismatch": "is not spelled so: a language is like en or en-GB, a shot like sh010",
}
"""What pydantic finds wrong, in a user's words."""


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
            f"{text[:120]!r} is no film: write <workspace>/<film> in small letters, digits and hyphens, up to 40 and "
            "60 of them, e.g. acme/the-lighthouse"
        )
    return FilmKey(workspace=match["workspace"], film=match["film"])


def slug(title: str) -> str:
    """`title` as a film's slug, in Latin letters: ``Маяк № 7`` gives ``mayak-no-7``.

    Raises BadInput when no letter or digit is left.
    """
    spelled = re.sub(r"[^a-z0-9]+", "-", anyascii(title).casefold()).strip("-")
    if not spelled:
        raise BadInput(f"no film can be named after {title[:60]!r}; give it a name with letters (--film)")
    return spelled[:SLUG_CHARS].strip("-")


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


def _visible(text: str) -> str:
    hidden = words.control(text)
    if hidden:
        raise ValueError(f"it holds the control character U+{ord(hidden[0]):04X}")
    return text


def _medium(said: str) -> str:
    if said not in MEDIA:
        raise ValueError(f"is none of {', '.join(MEDIA)}")
    return said


Word = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_visible)]
Title = Annotated[str, Field(min_length=1, max_length=TITLE_CHARS), AfterValidator(_visible)]
ShotCode = Annotated[str, Field(pattern=rf"^({ALL}|sh[0-9]{{3,5}})$")]
Role = Annotated[str, AfterValidator(_medium)]


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
        crew: A preset's name, e.g. ``"cheap"``, or provider, and after a colon the model, of each medium, e.g.
            ``{image = "animatic"}``; here by medium.
        characters: A cue and the workspace's character that it stands for, e.g. ``{"OLD MAN" = "ELIAS"}``.
        looks: Which look of a character, location or prop is worn, where it is not the usual one, e.g.
            ``{MARA = "winter"}``.
        talk: How those are heard who speak in the picture: ``own``, ``over`` or ``off``, for the whole film or by shot,
            e.g. ``{all = "over", sh020 = "own"}``; see `Talk`.
        commercial: Whether it is to be earned with: ``true`` or ``false``; then what forbids that, or leaves it open,
            fails its check.
        series: The series it belongs to.
        episode: Its number there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: Title | None = None
    format: Format = Format.WIDE
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")] = "en"
    genre: Word | None = None
    style: Word | None = None
    moods: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    narration: bool = True
    crew: dict[Role, Word] = Field(default_factory=dict)
    characters: Annotated[dict[Word, Word], Field(max_length=1000)] = Field(default_factory=dict)
    looks: Annotated[dict[Word, Word], Field(max_length=1000)] = Field(default_factory=dict)
    talk: Annotated[dict[ShotCode, Talk], Field(max_length=10_000)] = Field(default_factory=dict)
    commercial: bool | None = None
    series: Word | None = None
    episode: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None

    @classmethod
    def from_toml(cls, text: str, *, name: str = "film.toml") -> Self:
        """The settings that TOML `text` spells. Raises BadInput in one line that names the field."""
        for number, line in enumerate(text.splitlines(), start=1):
            if len(line) > TOML_LINE_CHARS:
                raise BadInput(f"{name}: line {number} has {len(line):,} letters; up to {TOML_LINE_CHARS:,} are read")
        try:
            said = tomllib.loads(text)
        except ValueError as exc:
            raise BadInput(f"{name} is no TOML: {exc}") from exc
        except RecursionError as exc:
            raise BadInput(f"{name} nests far deeper than the settings of a film do") from exc
        return cls.of(said, name=name)

    @classmethod
    def of(cls, said: object, *, name: str) -> Self:
        """The settings that plain data spell; `name` is where they stand. Raises BadInput as `from_toml`."""
        try:
            return cls.model_validate(said)
        except ValidationError as exc:
            raise BadInput(f"{name}: {_first_fault(exc)}") from exc

    @field_validator("crew", mode="before")
    @classmethod
    def _spells_out(cls, said: object) -> object:
        """A preset is written into the film by medium: it stays what it was when the film was commissioned."""
        try:
            return spell_out(said) if isinstance(said, str | dict) else said
        except BadInput as exc:
            raise ValueError(str(exc)) from exc

    @field_validator("talk", mode="before")
    @classmethod
    def _talks_alike(cls, said: object) -> object:
        """One word stands for all shots."""
        return {ALL: said} if isinstance(said, str) else said

    @model_validator(mode="after")
    def _maps_each_cue_once(self) -> Self:
        """A cue stands for one character, who is not mapped on to another: no chains, no rings."""
        from director_dagster.story.cast import character_key  # only here: its word tables cost 0.1 s

        known: dict[str, str] = {}
        for cue, name in self.characters.items():
            if known.setdefault(character_key(cue), character_key(name)) != character_key(name):
                raise ValueError(f"characters.{cue}: this cue is mapped twice")
        for cue, name in self.characters.items():
            if known.get(character_key(name), character_key(name)) != character_key(name):
                raise ValueError(f"characters.{cue}: {name} is mapped to another itself; name that one")
        return self

    @model_validator(mode="after")
    def _names_one_look_each(self) -> Self:
        from director_dagster.story.cast import character_key  # only here: its word tables cost 0.1 s

        worn: dict[str, str] = {}
        for name, look in self.looks.items():
            if worn.setdefault(character_key(name), character_key(look)) != character_key(look):
                raise ValueError(f"looks.{name}: another look is named above")
        return self


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False)[0]
    says = "" if fault["type"] == "value_error" and not fault["loc"] else f" (it says {_short(fault['input'])!r})"
    where = ".".join(_short(part) for part in fault["loc"] if part != "[key]")
    told = IN_WORDS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return f"{where}{': ' if where else ''}{told}{says}"


def _short(value: object) -> str:
    try:
        text = str(value)
    except RecursionError:
        text = "what nests without end"
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
