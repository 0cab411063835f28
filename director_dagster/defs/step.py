"""What every asset does: take the film's key, call one verb, translate its errors, return what it reports."""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg
from pydantic import Field

from director_dagster.defs import metadata
from director_dagster.defs.failures import failure
from director_dagster.defs.interrupts import interruptible
from director_dagster.errors import DirectorError
from director_dagster.settings import Settings
from director_dagster.story.brief import Brief
from director_dagster.story.film import FilmKey, FilmSettings, parse_film_key
from director_dagster.studio.commission import commission
from director_dagster.studio.overview import overview
from director_dagster.studio.progress import News, Watch
from director_dagster.studio.report import PiecesFailed
from director_dagster.studio.step import Verb, begin
from director_dagster.studio.studio import Studio


@dataclass(frozen=True, kw_only=True)
class NewFilm:
    """What a film is to be made from, as run config spells it."""

    brief: Brief
    settings: FilmSettings
    replace: bool


ReadBrief = Callable[[str], NewFilm | None]


class TakesConfig(dg.Config):
    """What a step may be told by run config."""

    takes: dict[str, int] = Field(
        default={},
        description="How many takes there must be, by code, e.g. {sh010: 3}. What is there counts, so that running "
        "this again buys nothing.",
    )
    select: dict[str, int] = Field(
        default={}, description="Which take, by its number, is in the film from now on, by code, e.g. {sh010: 2}."
    )


async def declare(
    context: dg.AssetExecutionContext,
    studio: Studio,
    verb: Verb,
    config: TakesConfig | None = None,
    *,
    brief: ReadBrief | None = None,
) -> dg.MaterializeResult[None]:
    """Make sure that what `verb` makes exists for the film of this partition, and tell what it took.

    Where `brief` reads one in the run's config, the film is commissioned with it first.

    Raises dg.Failure, as `failures.failure` has it; when some pieces failed, what was made is an observation besides.
    """
    name, wishes = context.asset_key.to_user_string(), config or TakesConfig()
    try:
        async with interruptible(context):
            key = film_key(context)
            if brief is not None and (read := brief(key.film)) is not None:
                await commission(studio, key, read.brief, read.settings, replace=read.replace)
            async with begin(
                studio, key, name, wanted=wishes.takes, choices=wishes.select, watch=_observer(context)
            ) as step:
                report = await verb(step)
            figures = metadata.of(
                report, picture=await overview(studio, report), links=_links(context), library=_library(key, name)
            )
    except PiecesFailed as exc:
        _observe(context, metadata.of(exc.report))
        raise failure(exc) from exc
    except DirectorError as exc:
        raise failure(exc) from exc
    return dg.MaterializeResult(metadata=figures, data_version=dg.DataVersion(report.version))


def film_key(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> FilmKey:
    """The film of the run's partition. Raises BadInput for a key that is none, and without one."""
    # Dagster takes an empty key for none.
    return parse_film_key(context.partition_key if context.has_partition_key else "")


def _observer(context: dg.AssetExecutionContext) -> Watch:
    """Tells Dagster of the pieces of a long step while it works, a batch an event."""

    def observe(news: News) -> None:
        _observe(context, metadata.of_news(news))

    return observe


def _observe(context: dg.AssetExecutionContext, figures: metadata.Metadata) -> None:
    context.log_event(
        dg.AssetObservation(asset_key=context.asset_key, partition=context.partition_key, metadata=figures)
    )


def _library(key: FilmKey, node: str) -> str | None:
    """Where the library shows the same, if there is one that runs can name."""
    url = Settings.from_env().library
    return None if url is None else metadata.in_library(url, key, node)


def _links(context: dg.AssetExecutionContext) -> list[metadata.Link]:
    """What this was made from, as pages of Dagster's UI for the same film."""
    keys = sorted(context.assets_def.dependency_keys, key=lambda key: key.path)
    return [metadata.Link(asset=key.to_user_string(), partition=context.partition_key) for key in keys]
