"""What `director make` and `director estimate` may be told of one run: who makes what, and which pieces anew."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from director_dagster.errors import BadInput
from director_dagster.story.crew import MEDIA, PRESET, PRESETS, spell_out
from director_dagster.story.wishes import OF_TAKES, STEPS, Wishes

CREW = (
    click.option("--crew", PRESET, metavar="NAME", help=f"Who makes it: {', '.join(PRESETS)}; before film.toml."),
    *(click.option(f"--{medium}", f"by_{medium}", metavar="PROVIDER[:MODEL]") for medium in MEDIA),
)
LEFT = (
    click.option("--until", type=click.Choice(STEPS), help="Stop after this step; what comes later is left."),
    click.option("--keep-stale", is_flag=True, help="Leave what is there as it is, though the film has changed."),
)
SHOTS = (
    click.option("--shots", metavar="CODES", help="These are made anew by that crew: sh010,sh020, or all pieces: all."),
    click.option("--scenes", metavar="NUMBERS", help="All shots of these scenes, likewise: 1,3."),
    click.option(
        "--takes", metavar="STEP:CODE=NUMBER", help="So many takes there must be: shots:sh010=3,music:music=2."
    ),
)


TAKES = re.compile(r"(?P<step>[a-z]+):(?P<code>[^=]+)=(?P<number>[0-9]{1,4})")


def crew_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A preset's name, and an option for each medium; `crew_of` takes them."""
    return _with(CREW, command)


def wish_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The crew's options, and those that choose shots; `wishes_of` takes them all out of what a command is given."""
    return _with((*CREW, *SHOTS, *LEFT), command)


def crew_of(given: dict[str, Any]) -> dict[str, str]:
    """The crew that a command is given, by medium; its options are taken out of `given`. Raises BadInput."""
    named = {PRESET: given.pop(PRESET), **{medium: given.pop(f"by_{medium}") for medium in MEDIA}}
    return spell_out({name: who for name, who in named.items() if who is not None})


def wishes_of(given: dict[str, Any]) -> Wishes:
    """What a command is told of its run; its options are taken out of `given`. Raises BadInput."""
    shots, scenes = _words(given.pop("shots"), "--shots"), _words(given.pop("scenes"), "--scenes")
    takes = _takes(_words(given.pop("takes"), "--takes"))
    finals = [*shots, *(f"scene:{number}" for number in scenes)]
    left = {"until": given.pop("until") or "", "keep_stale": given.pop("keep_stale")}
    said = {"crew": crew_of(given), "finals": finals, "takes": takes, **left}
    return Wishes.of(said, name="what the run is told")


def _with(options: tuple[Callable[..., Any], ...], command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def _takes(words: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    takes: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for word in words:
        found = TAKES.fullmatch(word)
        if found is None:
            raise BadInput(f"--takes {word!r}: write the step, the piece and how many, up to 100, like shots:sh010=3")
        if found["step"] not in OF_TAKES:
            raise BadInput(f"--takes {word!r}: more takes are made by {', '.join(OF_TAKES)}")
        takes[found["step"]][found["code"]] = int(found["number"])
    return dict(takes)


def _words(told: str | None, option: str) -> list[str]:
    if told is None:
        return []
    words = [word.strip() for word in told.split(",")]
    if not all(words):
        raise BadInput(f"{option} {told!r}: write them with commas between, like sh010,sh020")
    return words
