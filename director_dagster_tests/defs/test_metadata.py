"""What Dagster shows of a step: figures, a table, a picture, links; what is not known reads so."""

from decimal import Decimal

import dagster as dg
import pytest

from director_dagster.defs import metadata
from director_dagster.defs.metadata import ROWS_SHOWN, Link
from director_dagster.story.film import parse_film_key
from director_dagster.studio.progress import News
from director_dagster.studio.report import Made, Outcome, Report

KEYS = {
    "director/cost_usd",
    "director/cost_total_usd",
    "director/saved_usd",
    "director/provider",
    "director/model",
    "director/pieces",
    "director/kept",
    "director/reused",
    "director/generated",
    "director/failed",
    "director/seconds",
    "director/table",
}


def made(slot: str, outcome: Outcome = Outcome.GENERATED, paid: int | None = 0, worth: int | None = 0) -> Made:
    return Made(
        slot=slot,
        outcome=outcome,
        asset_id=None,
        digest="d" * 64,
        provider="kling",
        model="kling-3.0",
        paid_microusd=paid,
        worth_microusd=worth,
    )


def report(*pieces: Made) -> Report:
    return Report(step="shots", pieces=pieces, seconds=1.23456)


def test_a_step_shows_its_money_its_makers_its_counts_and_its_pieces() -> None:
    shown = metadata.of(report(made("shot:sh010", paid=20_000, worth=20_000), made("shot:sh020", Outcome.REUSED, 0, 5)))

    assert set(shown) == KEYS
    assert shown["director/cost_usd"].value == 0.02
    assert shown["director/cost_total_usd"].value == pytest.approx(0.020005)
    assert shown["director/saved_usd"].value == 0.000005
    assert (shown["director/provider"].value, shown["director/model"].value) == ("kling", "kling-3.0")
    assert (shown["director/generated"].value, shown["director/reused"].value) == (1, 1)
    table = shown["director/table"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data["slot"] for record in table.records] == ["shot:sh010", "shot:sh020"]


def test_an_unknown_cost_is_never_shown_as_nothing() -> None:
    shown = metadata.of(report(made("shot:sh010", paid=None, worth=None), made("shot:sh020")))

    assert shown["director/cost_usd"].value == "unknown"
    assert shown["director/cost_total_usd"].value == "unknown"


def test_a_picture_and_links_are_shown_where_there_are_any() -> None:
    links = [Link(asset="characters", partition="home/a film"), Link(asset="storyboard", partition="home/a film")]

    shown = metadata.of(report(made("shot:sh010")), picture=b"\xff\xd8jpeg", links=links)

    assert set(shown) == KEYS | {"director/picture", "director/made_from"}
    assert shown["director/picture"].value == "![shots](data:image/jpeg;base64,/9hqcGVn)"
    assert shown["director/made_from"].value == (
        "[characters](/assets/characters?view=partitions&partition=home%2Fa+film) · "
        "[storyboard](/assets/storyboard?view=partitions&partition=home%2Fa+film)"
    )


def test_the_library_shows_the_very_pieces() -> None:
    address = metadata.in_library("https://studio.example", parse_film_key("home/the-door"), "characters")

    shown = metadata.of(report(made("shot:sh010")), library=address)

    kinds = "kind=character&kind=location&kind=prop&kind=voice"
    assert address == f"https://studio.example/library?workspace=home&film=the-door&{kinds}"
    assert shown["director/library"] == dg.MetadataValue.url(address)
    assert "director/library" not in metadata.of(report(made("shot:sh010")))


def test_the_table_is_bounded_and_the_counts_are_not() -> None:
    shown = metadata.of(report(*(made(f"shot:sh{number:04}") for number in range(ROWS_SHOWN + 50))))

    table = shown["director/table"]
    assert isinstance(table, dg.TableMetadataValue)
    assert len(table.records) == ROWS_SHOWN
    assert shown["director/generated"].value == ROWS_SHOWN + 50


def test_news_tell_of_the_pieces_since_the_last_and_how_far_the_step_is() -> None:
    shown = metadata.of_news(News(pieces=[made("shot:sh010", paid=1_000_000)], done=7, total=9))

    assert (shown["director/done"].value, shown["director/pieces"].value) == (7, 9)
    assert shown["director/cost_usd"].value == 1.0


def test_an_estimate_has_a_row_for_each_step_and_maker_and_the_whole_price() -> None:
    shown = metadata.of_estimate([report(made("a", paid=500_000)), report(made("b", Outcome.KEPT)), report()])

    steps = shown["director/steps"]
    assert isinstance(steps, dg.TableMetadataValue)
    assert {type(name) for record in steps.records for name in record.data} == {str}, "Dagster takes nothing else"
    assert [record.data["maker"] for record in steps.records] == ["kling:kling-3.0"] * 2
    assert [(record.data["kept"], record.data["generated"]) for record in steps.records] == [(0, 1), (1, 0)]
    assert shown["director/cost_usd"].value == float(Decimal("0.5"))
    assert shown["director/low_usd"].value == 0
    assert [record.data["low_usd"] for record in steps.records] == ["0.000000"] * 2
    bought = shown["director/bought"]
    assert isinstance(bought, dg.TableMetadataValue)
    assert [record.data["slot"] for record in bought.records] == ["a"]
