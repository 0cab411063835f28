"""Sellers: what providers have in common that are reached over HTTP with a key of the user's."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from director_dagster.errors import ModelRetired, StatusUnknown
from director_dagster.providers.contract import Ask, Input, Json, Medium, Request
from director_dagster.providers.http import Answer, Api, Judge
from director_dagster.providers.models import instead
from director_dagster.providers.registry import Tools


class Seller:
    """A provider with an account; it names its `name`, and the `models` that we know how to ask for."""

    name: str
    models: Mapping[Medium, Sequence[str]]

    def __init__(self, tools: Tools, *, url: str, judge: Judge, media_hosts: Collection[str] = ()) -> None:
        """`url` is where it is spoken to unless the user's account says otherwise; see `Api` for the rest."""
        self._account, self._prices = tools.account(self.name), tools.prices
        self.api = Api(
            provider=self.name,
            base_url=self._account.url(url),
            headers=self._headers,
            judge=judge,
            secrets=tuple(self._account.values.values()),
            settings=self._account.settings,
            media_hosts=media_hosts,
        )

    def ready(self) -> None:
        """Raises BadInput without a key, or for a key or an address that is none."""
        self._account.refuse_nonsense()

    async def aclose(self) -> None:
        """Let go of its connections."""
        await self.api.aclose()

    async def _pay(self, request: Request, method: str, path: str, **content: Any) -> Answer:  # noqa: ANN401 (httpx's)
        """Send, once, what may cost money; as `Api.pay`, save that of a model that is gone it says what to name
        instead."""
        try:
            return await self.api.pay(method, path, **content)
        except ModelRetired as exc:
            raise ModelRetired(f"{exc}; {instead(request, self.models)}") from exc

    def _strange(self, job_id: str, word: str) -> StatusUnknown:
        """The error for a job whose state is called by a `word` that we do not know."""
        return StatusUnknown(
            f"{self.name}: {word!r} is a state of a job that we do not know: {job_id} stays under way, its money held; "
            "the same command asks again"
        )

    def _headers(self) -> Mapping[str, str]:
        """By which headers it knows us."""
        return {"Authorization": f"Bearer {self._account.key}"}

    def _request(
        self,
        ask: Ask,
        *,
        model: str,
        params: Json,
        model_name: str | None = None,
        prompt: str | None = None,
        inputs: Collection[Input] = (),
    ) -> Request:
        """What is to be sent for `ask`; its own prompt unless another is named."""
        return Request(
            provider=self.name,
            model=model,
            model_name=model_name or model,
            operation=ask.operation,
            prompt=ask.prompt if prompt is None else prompt,
            params=params,
            inputs=tuple(inputs),
            seed=ask.seed,
        )
