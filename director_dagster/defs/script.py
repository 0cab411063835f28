"""The page: a film's script, and who and what is in it."""

from typing import Any

import dagster as dg
from pydantic import Field

from director_dagster.defs.partitions import FILMS
from director_dagster.defs.step import NewFilm, TakesConfig, declare
from director_dagster.errors import BadInput
from director_dagster.story.brief import read_words
from director_dagster.story.film import FilmSettings
from director_dagster.studio.design import design
from director_dagster.studio.studio import Studio
from director_dagster.studio.write import write


class BriefConfig(TakesConfig):
    """Makes the film of a partition that has none yet; a film that is there needs nothing of it."""

    idea: str | None = Field(default=None, description="What the film is about, in a sentence.")
    screenplay: str | None = Field(default=None, description="The screenplay's text, in Fountain, instead of an idea.")
    settings: dict[str, Any] = Field(
        default={}, description="What a film.toml says: format, language, genre, style, crew …"
    )

    replace: bool = Field(
        default=False, description="Make a film that is there already anew from this; all that was made stays."
    )

    def brief(self, film: str) -> NewFilm | None:
        """What `film` is to be made from, or None when neither idea nor screenplay is given. Raises BadInput."""
        words = read_words(self.idea, self.screenplay, film)
        settings = FilmSettings.of(self.settings, name="settings")
        if words is None:
            if self.settings:
                raise BadInput("settings come with an idea or a screenplay: a film that is there has its own")
            return None
        return NewFilm(brief=words, settings=settings, replace=self.replace)


@dg.asset(partitions_def=FILMS, group_name="page", kinds={"text"}, code_version="1", owners=["team:writers"])
async def script(
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio], config: BriefConfig
) -> dg.MaterializeResult[None]:
    """The film's screenplay, written from its brief, and its list of shots."""
    return await declare(context, studio, write, config, brief=config.brief)


@dg.asset(
    partitions_def=FILMS, group_name="page", kinds={"image"}, code_version="1", owners=["team:design"], deps=[script]
)
async def characters(
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio], config: TakesConfig
) -> dg.MaterializeResult[None]:
    """A look for every character, location and prop of the script, and a voice for whoever speaks."""
    return await declare(context, studio, design, config)
