"""Templates, and how a page is made of one."""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from director_dagster.catalog import money
from director_dagster.catalog.queries.states import THERE, state_of
from director_dagster.library import shown
from director_dagster.story import words

HERE = Path(__file__).parent
STATIC = HERE / "static"


def render(request: Request, template: str, **values: Any) -> HTMLResponse:  # noqa: ANN401 (templates take anything)
    """A page of a template and its values, every one of them escaped. Whose page it is depends on the cookie."""
    page = _templates().get_template(template).render(request=request, **values)
    return HTMLResponse(page, headers={"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"})


@pass_context
def _go(context: Context, path: str, **fields: object) -> str:
    """An address that stays in the workspace of the page that it stands on."""
    told = {**context["reader"].asked, **{name: value for name, value in fields.items() if value is not None}}
    return shown.address(path, urlencode(told, doseq=True))


@cache
def _templates() -> Environment:
    """What is missing in a page is an error, not an empty place."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(shown=shown, go=_go)
    templates.tests.update(there=THERE.__contains__)
    templates.filters.update(
        money=shown.money,
        spoken=shown.spoken,
        most=money.most,
        plain=shown.plain,
        duration=shown.duration,
        size=shown.size,
        moment=shown.moment,
        words=shown.value,
        reckoning=shown.reckoning,
        to=shown.address,
        place=shown.place,
        marked=words.marked,
        stands=state_of,
    )
    return templates
