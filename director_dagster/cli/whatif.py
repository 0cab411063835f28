"""`director whatif`: an edited screenplay held against its film: what stays, what changes and why, what that costs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from director_dagster.catalog.money import most
from director_dagster.cli.home import film_key, json_option, put, say, table, with_studio, workspace_option
from director_dagster.story.film import slug
from director_dagster.story.words import apart
from director_dagster.studio.brief_files import SETTINGS_FILE, read_brief, read_settings

if TYPE_CHECKING:
    from director_dagster.studio.studio import Studio
    from director_dagster.studio.whatif import Change

COLUMNS = ("piece", "becomes", "why", "by", "at most")
SHOWN_CHARS = 100


@click.command("whatif")
@click.argument("script", type=click.Path(path_type=Path))
@click.option("--film", "name", help="The film's short name; else the file's name.")
@workspace_option
@click.option("--settings", "toml", type=click.Path(path_type=Path), help="A film.toml; else the one beside SCRIPT.")
@click.option("--all", "every", is_flag=True, help="Tell of the pieces that stay, too.")
@json_option
def command(script: Path, name: str | None, workspace: str, toml: Path | None, *, every: bool, as_json: bool) -> None:
    """Tell what making the film of the edited SCRIPT would keep, change and cost, piece by piece; nothing is changed.

    Old words are shown with `-`, new ones with `+`. Then what it costs as far as one goes: the lines, the frames, the
    shots. Without a film.toml the film's own settings are meant.
    """
    brief = read_brief(script, None)
    beside = toml is not None or script.with_name(SETTINGS_FILE).exists()
    settings = read_settings(toml, script, None) if beside else None
    key = film_key(name or slug(brief.name), workspace)

    async def asked(studio: "Studio") -> "Sequence[Change]":
        from director_dagster.studio.whatif import whatif

        return await whatif(studio, key, brief, settings)

    changes = with_studio(asked)
    if as_json:
        put(asdict(each) for each in changes if every or each.fate != "stays")
    else:
        _show([each for each in changes if every or each.fate != "stays"])
        say(_summary(changes))
        for line in told_depths(changes):
            say(line)


def _show(changes: "Sequence[Change]") -> None:
    table(COLUMNS, [row for each in changes for row in rows_of(each)])


def rows_of(each: "Change") -> Iterator[list[Any]]:
    yield [each.slot, each.fate, each.why, each.maker, most(each.high_microusd) if each.maker else ""]
    for sign, words in zip("-+", apart(each.old, each.new, chars=SHOWN_CHARS), strict=True):
        if words:
            yield ["", "", f"{sign} {words}", "", ""]


def _summary(changes: "Sequence[Change]") -> str:
    shown = ("stays", "reused", "changes", "new", "fails")
    counts = {fate: sum(each.fate == fate for each in changes) for fate in shown}
    dropped = sum(each.fate == "dropped" for each in changes)
    told_ = ", ".join(f"{count} {fate}" for fate, count in counts.items() if count)
    return f"{told_}{f'; {dropped} dropped, and kept as takes' if dropped else ''}"


def told_depths(changes: "Sequence[Change]") -> Iterator[str]:
    """What it costs to go as far as each step that costs anything."""
    from director_dagster.studio.whatif import depths

    for step, microusd in depths(changes):
        yield f"as far as {step}: {most(microusd)} at most"
