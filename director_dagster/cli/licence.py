"""The options by which a user says what may be done with what they bring."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from director_dagster.story.rights import Rights

OPTIONS = (
    click.option("--licence", metavar="SPDX|URL", help="Under which licence it is: CC-BY-4.0, or the URL of terms."),
    click.option("--commercial/--no-commercial", default=None, help="Whether it may be used to earn."),
    click.option("--derivatives/--no-derivatives", default=None, help="Whether other things may be made from it."),
)
RIGHTS = ("licence", "commercial", "derivatives")
TOLD = {True: "yes", False: "no"}


def rights_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options; `rights_of` takes them."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def rights_of(given: dict[str, Any]) -> "Rights":
    """What the user has said. Raises BadInput for what is no licence, or belies its name."""
    from director_dagster.story.rights import rights

    return rights(given["licence"], commercial=given["commercial"], derivatives=given["derivatives"])


def told_word(name: str, value: object) -> object:
    """A value as people read it: one a line, yes and no in words, and of rights also that nothing is known."""
    if value is None and name in RIGHTS:
        return "not known"
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return TOLD[value] if isinstance(value, bool) else value
