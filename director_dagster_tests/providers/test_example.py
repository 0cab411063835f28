"""The provider that CONTRIBUTING.md shows, at work."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from director_dagster.errors import BadInput, OutOfMoney
from director_dagster.providers.pricing import PriceBook
from director_dagster.providers.registry import Tools
from director_dagster_tests.providers.opened import ASKS, LINE, Nobody
from director_dagster_tests.providers.test_http import said, serving

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"
PRICE = """
[[price]]
provider = "acme"
model = "acme-voice-1"
unit = "thousand characters"
usd = "0.01"
valid_from = 2026-11-01
source = "a test"
"""


@pytest.fixture
def acme() -> ModuleType:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    module = ModuleType("acme")
    exec(found[1], module.__dict__)  # noqa: S102 (our own page)
    return module


async def test_the_provider_that_is_shown_sells_speech(acme: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(PRICE)
    prices = PriceBook.open(tmp_path, date(2026, 12, 1))

    async with serving(lambda request: said(402) if "Money?" in request else said(200, b"RIFF")) as server:
        accounts = {"acme": {"key": "k", "url": server.url}}
        provider = acme.open_provider(Tools(runner=Nobody(), prices=prices, accounts=accounts))
        request = provider.plan(ASKS["line"], None)
        accepted = await provider.submit(request, "ref-1", tmp_path / "out")
        poor = provider.plan(replace(ASKS["line"], params={**LINE, "text": "Money?"}), None)
        with pytest.raises(OutOfMoney):
            await provider.submit(poor, "ref-2", tmp_path / "out")
        await provider.aclose()

    assert (tmp_path / "out").read_bytes() == b"RIFF"
    assert accepted.job_id == "ref-1"
    assert provider.price(request).microusd == 130
    assert "authorization: bearer k" in server.requests[0].lower()
    with pytest.raises(BadInput, match="acme makes no image"):
        provider.plan(ASKS["picture"], None)
