"""Wishes: what one run of a film is told beside what the film says: who makes what, which pieces anew, which takes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from director_dagster.errors import BadInput

Step = Literal["script", "characters", "storyboard", "dialogue", "shots", "music", "film"]
STEPS: tuple[Step, ...] = get_args(Step)
"""The steps of a film, each a Dagster asset, in an order in which each finds what it needs, and what helps to decide on
the rest comes early: faces and frames before what is said, and music, which no picture needs, last."""

OF_TAKES = ("characters", "dialogue", "music", "storyboard", "shots")
"""The steps whose pieces can have several takes."""

STEP_OF: Mapping[str, str] = {"image": "storyboard", "video": "shots", "speech": "dialogue"}
"""Which step makes the pieces of shots, by their medium."""

WORD_CHARS, MOST = 200, 1000


def _readable(word: str) -> str:
    if not word.isprintable():
        raise ValueError("it holds what cannot be read")
    return word


Word = Annotated[str, Field(min_length=1, max_length=WORD_CHARS), AfterValidator(_readable)]


class Wishes(BaseModel):
    """What one run is told.

    Attributes:
        crew: Who makes what, by medium, instead of whom the film names.
        finals: Whose pieces that crew makes even where others are, as run config spells it.
        takes: How many takes there must be of which pieces, by step and code.
        until: The last step that is made, e.g. ``storyboard`` to see the frames before the shots are paid for; empty:
            the whole film.
        keep_stale: What the film has stays, though it would ask for something else today: made is what is missing, and
            what the other wishes name.
        recover: Nothing but what the film has lost is brought back, and paid for; with no other wish.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    crew: Mapping[Word, Word] = Field(default_factory=dict)
    finals: Annotated[list[Word], Field(max_length=MOST)] = Field(default_factory=list)
    takes: Mapping[Word, Mapping[Word, int]] = Field(default_factory=dict)
    until: str = ""
    keep_stale: bool = False
    recover: bool = False

    @classmethod
    def of(cls, said: object, *, name: str) -> Self:
        """The wishes that plain data spell; `name` is where they stand. Raises BadInput in one line."""
        try:
            return cls.model_validate(said)
        except ValidationError as exc:
            fault = exc.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(part)[:WORD_CHARS] for part in fault["loc"])
            told = fault["msg"].removeprefix("Value error, ")
            raise BadInput(f"{name}: {where}{': ' if where else ''}{told}") from exc

    @field_validator("takes")
    @classmethod
    def _of_steps_that_have_them(cls, takes: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
        strange = sorted(set(takes) - set(OF_TAKES))
        if strange:
            raise ValueError(f"{strange[0]!r} has none; more takes are made by {', '.join(OF_TAKES)}")
        return takes

    @field_validator("until")
    @classmethod
    def _a_step(cls, until: str) -> str:
        if until and until not in STEPS:
            raise ValueError(f"there is no step {until[:WORD_CHARS]!r}; there are {', '.join(STEPS)}")
        return until

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.recover and (self.crew or self.finals or self.takes or self.until or self.keep_stale):
            raise ValueError("what is lost comes back by whoever made it: recover goes with no other wish")
        beyond = [step for step in self.takes if step not in self.steps]
        if beyond:
            raise ValueError(f"takes of {beyond[0]} are wished for, and until {self.until} none are made")
        asked = [STEP_OF[medium] for medium in self.crew if medium in STEP_OF]
        if self.finals and self.until and asked and not set(asked) & set(self.steps):
            raise ValueError(f"finals are wished for of {asked[0]}, and until {self.until} none are made")
        return self

    @property
    def steps(self) -> Sequence[str]:
        """The steps that are made, in their order."""
        return STEPS[: STEPS.index(self.until) + 1] if self.until else STEPS

    @property
    def only(self) -> Sequence[str]:
        """As `steps`; none where all are: a run of all is told none."""
        return self.steps if self.until else ()

    @property
    def words(self) -> str:
        """What is wished, for people: ``as far as storyboard; shot sh010 in 2 takes``; what goes without saying is the
        whole film."""
        said = ["what it has lost"] if self.recover else []
        said += [f"as far as {self.until}"] if self.until else []
        takes = [(what, count) for told in self.takes.values() for what, count in told.items()]
        said += [f"{what.replace(':', ' ', 1)} in {count} take{'' if count == 1 else 's'}" for what, count in takes]
        makers = ", ".join(f"{medium} by {maker}" for medium, maker in self.crew.items())
        said += [f"{', '.join(self.finals)}: {makers}" if self.finals else makers] if makers or self.finals else []
        return "; ".join(said) or "the whole film"

    def told(self) -> dict[str, object]:
        """As plain data, without what is not wished."""
        return self.model_dump(mode="json", exclude_defaults=True)


NOTHING_SAID = Wishes()
"""Of a run that is told nothing: it makes the whole film as the film has it."""
