"""What a user brings: a screenplay's file, an idea, a film.toml; read here, once, and refused in one line."""

from dataclasses import replace
from pathlib import Path

import director_dagster
from director_dagster.errors import BadInput
from director_dagster.story import brief
from director_dagster.story.brief import Brief
from director_dagster.story.film import FilmSettings

# Six ordinary features.
SCREENPLAY_BYTES = 1_000_000
SETTINGS_BYTES = 100_000
SETTINGS_FILE = "film.toml"
EXAMPLE = Path(director_dagster.__file__).parent / "examples" / "no-longer-needed.fountain"


def read_brief(script: Path | None, idea: str | None) -> Brief:
    """What the user wants to see: a screenplay's file, an idea, or the example when they name neither.

    Raises BadInput for both at once, for a file that is no text, and for what no film can be made of.
    """
    if script is not None and idea is not None:
        raise BadInput("a film is made of a screenplay or of an idea: name one of them")
    if idea is not None:
        return brief.of_idea(idea)
    file = script or EXAMPLE
    origin = f"file: {file.absolute()}" if script else "the example"
    return brief.of_screenplay(_read(file, SCREENPLAY_BYTES), origin=origin, name=file.stem)


def read_idea(file: Path) -> Brief:
    """An idea that is written in a file. Raises BadInput as `read_brief`."""
    return replace(brief.of_idea(_read(file, SETTINGS_BYTES)), origin=f"file: {file.absolute()}", name=file.stem)


def read_settings(named: Path | None, script: Path | None, idea: str | None) -> FilmSettings:
    """The settings in the file that is named, else in the `film.toml` beside the screenplay, else the defaults."""
    if named is not None:
        return FilmSettings.from_toml(_read(named, SETTINGS_BYTES), name=str(named))
    beside = (script or EXAMPLE).with_name(SETTINGS_FILE)
    if idea is not None or not beside.exists():
        return FilmSettings()
    return FilmSettings.from_toml(_read(beside, SETTINGS_BYTES), name=str(beside))


def _read(file: Path, limit_bytes: int) -> str:
    try:
        if not file.is_file():
            raise BadInput(f"{file}: there is no such file" if not file.exists() else f"{file}: it is no file")
        with file.open("rb") as stream:
            data = stream.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise BadInput(f"{file}: {file.stat().st_size:,} bytes; up to {limit_bytes:,} are read")
        return data.decode("utf-8-sig" if limit_bytes == SETTINGS_BYTES else "utf-8")
    except UnicodeDecodeError as exc:
        raise BadInput(f"{file}: no UTF-8 text (byte {exc.start:,}): save it as UTF-8") from exc
    except (OSError, ValueError) as exc:
        raise BadInput(f"{file}: cannot be read: {exc}") from exc
