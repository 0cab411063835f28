"""A brief: an idea or a screenplay, as it comes in, refused in one line when no film can be made of it."""

from dataclasses import dataclass

from director_dagster.errors import BadInput
from director_dagster.story import fountain, words

IDEA_CHARS = 2000
TITLE_CHARS = 80


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What someone wants to see.

    Attributes:
        text: A screenplay, or an idea.
        is_screenplay: Which of the two.
        origin: Where it comes from, in words; the same origin may change its text, another one is another film.
        name: What the film is called when nobody says otherwise.
        title: The screenplay's title, or the idea in short.
    """

    text: str
    is_screenplay: bool
    origin: str
    name: str
    title: str


def of_idea(idea: str) -> Brief:
    """An idea as a brief, named after its own words. Raises BadInput when it is empty or longer than a page."""
    told = " ".join(_readable(idea, "the idea").split())
    if not told:
        raise BadInput("the idea is empty: say in a sentence who does what, e.g. a lighthouse keeper finds a letter")
    if len(told) > IDEA_CHARS:
        raise BadInput(f"the idea has {len(told)} letters; up to {IDEA_CHARS} are read: longer ones are a screenplay")
    title = words.headline(told, TITLE_CHARS)
    return Brief(text=told, is_screenplay=False, origin=f"idea: {told.casefold()}", name=told, title=title)


def of_screenplay(text: str, *, origin: str, name: str) -> Brief:
    """A screenplay as a brief; without a title page it is called `name`. Raises BadInput when it has no scene."""
    _readable(origin, "the path of the screenplay's file")
    screenplay = fountain.parse(_readable(text, name))
    if not text.strip():
        raise BadInput(
            f"the screenplay {name!r} is empty: it has headings like INT. KITCHEN - DAY and what happens there"
        )
    if not screenplay.scenes:
        raise BadInput(f"{name} has no scene: a scene begins with a heading like INT. KITCHEN - DAY, on its own line")
    return Brief(text=text, is_screenplay=True, origin=origin, name=name, title=screenplay.title or name)


def read_words(idea: str | None, screenplay: str | None, name: str) -> Brief | None:
    """The brief that run config spells for the film `name`: an idea, a screenplay, or None when it has neither.

    Raises BadInput for both at once, and as `of_idea` and `of_screenplay` do.
    """
    if idea is not None and screenplay is not None:
        raise BadInput("a film is made of a screenplay or of an idea: give one of them")
    if screenplay is not None:
        return of_screenplay(screenplay, origin="run config", name=name)
    return None if idea is None else of_idea(idea)


def _readable(text: str, what: str) -> str:
    """`text`, unless it has what no text has: a control character, or half of a character. Raises BadInput."""
    hidden = words.control(text, page=True)
    if hidden:
        line = text.count("\n", 0, hidden.start()) + 1
        raise BadInput(f"{what} holds the control character U+{ord(hidden[0]):04X} (line {line}): no text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise BadInput(f"{what} holds bytes that are no UTF-8 (character {exc.start + 1})") from exc
    return text
