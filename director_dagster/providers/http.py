"""How providers are spoken to over HTTP: what may be sent where, how much is read, and what it means for the money.

What may cost money goes out once, over a connection of its own: on one that was kept the provider may hang up just as
the request leaves, and nobody could tell whether it was taken. What is only asked goes over kept connections. A key
goes to its provider's origin and nowhere else, and into no message.
"""

import asyncio
import json
import math
import os
import re
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pydantic import TypeAdapter, ValidationError

from director_dagster.errors import (
    Ambiguous,
    AnswerMalformed,
    DirectorError,
    KeyRejected,
    OutputExpired,
    ProviderUnavailable,
    RequestRejected,
)
from director_dagster.providers.addresses import GlobalAddresses

T = TypeVar("T")

CONNECT_S = 10.0
SILENCE_S = 600.0
"""So long a provider may think before its first byte, and between two: pictures come in one answer, after minutes."""

WHOLE_S = 1800.0
"""So long an answer or an output may take in all: one that comes byte by byte would else never end."""

JSON_BYTES = 1 << 20
MEDIA_BYTES = 2 << 30
AT_ONCE = 1000
HOPS = 5
GONE = {403, 404, 410}
BROKEN = (httpx.TransportError, aiohttp.ClientError, TimeoutError)
"""No answer, or half of one, or one without end. httpx-aiohttp leaves some of aiohttp's errors as they are (0.2.0)."""

DOUBT = "whether it was taken, and is charged, it does not say"
UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
TOLD_CHARS = 300
WITHIN = re.compile(r"<\w+: \d+, message=(?P<quote>['\"])(?P<message>.*?)(?P=quote).*?>", re.DOTALL)
"""What aiohttp's errors say, where httpx has taken one for words of its own."""

TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
"""A JSON Web Token: as good as the key that it was signed with, while it lives."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, whole, and from whom."""

    status: int
    headers: httpx.Headers
    body: bytes
    provider: str = "the provider"

    @property
    def wait_s(self) -> float | None:
        """How long the provider asks to be left alone; None where it does not say."""
        for header, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
            try:
                wait_s = float(self.headers[header]) * unit_s
            except (KeyError, ValueError):
                continue
            if math.isfinite(wait_s):
                return max(wait_s, 0.0)
        return None

    def json(self) -> Any:  # noqa: ANN401 (JSON is any of its kinds)
        """The body as JSON. Raises AnswerMalformed."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as exc:
            raise AnswerMalformed(f"{self.provider}: an answer of status {self.status} that is no JSON") from exc

    def read(self, kind: type[T]) -> T:
        """The body as a `kind` (of pydantic). Raises AnswerMalformed, naming what is not as it should be."""
        try:
            found: T = TypeAdapter(kind).validate_python(self.json())
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            told = f"an answer of status {self.status}: {where or 'it'}: {first['msg']}"
            raise AnswerMalformed(f"{self.provider}: {told}") from exc
        return found


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """Bytes that lie in a file now, and what their server said of them."""

    headers: httpx.Headers

    @property
    def media_type(self) -> str:
        """As the server declares it, e.g. ``video/mp4``; empty where it does not."""
        declared: str = self.headers.get("Content-Type", "")
        return declared.partition(";")[0].strip().lower()


Judge = Callable[[Answer], DirectorError | None]
"""What an answer means that is more than its status says: an error of ours, or None."""


class Api:
    """One provider's API, spoken to with one key.

    `settings` are the names of those that its key is set by, which is asked about when it is not known.

    Raises what `judge` makes of an answer. Of the rest: a refused request (4xx) is RequestRejected, KeyRejected or
    OutputExpired; where the request never left, ProviderUnavailable; a question that got no answer (5xx, a timeout),
    ProviderUnavailable; a paid request that got none, Ambiguous.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        headers: Callable[[], Mapping[str, str]],
        judge: Judge,
        secrets: Collection[str] = (),
        settings: Collection[str] = (),
        media_hosts: Collection[str] = (),
        whole_s: float = WHOLE_S,
    ) -> None:
        self._provider, self._judge, self._headers, self._whole_s = provider, judge, headers, whole_s
        self.base_url = base_url
        self._base, self._media_hosts = httpx.URL(base_url), tuple(media_hosts)
        self._known_by = " and ".join(settings) or f"DIRECTOR_{provider.upper()}_KEY"
        self._secrets = tuple(secret for secret in secrets if secret)
        self._paying = _client(base_url, force_close=True)
        self._asking = _client(base_url)
        self._fetching = _client("", only_global=True)

    async def pay(self, method: str, path: str, *, limit_bytes: int = JSON_BYTES, **content: Any) -> Answer:  # noqa: ANN401 (httpx's)
        """Send, once, what may cost money; `content` is httpx's: json, data, files, params, headers."""
        try:
            answer = await self._exchange(self._paying, method, path, limit_bytes, content)
        except BROKEN as exc:
            if _never_left(exc):
                raise ProviderUnavailable(f"{self._provider} cannot be reached: {self._told(exc)}") from exc
            raise Ambiguous(f"{self._provider}: no answer to {method} {path}: {self._told(exc)}; {DOUBT}") from exc
        self._refuse(answer, f"{method} {path}", self._judge, unanswered=Ambiguous)
        return answer

    async def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        judge: Judge | None = None,
        limit_bytes: int = JSON_BYTES,
        **content: Any,  # noqa: ANN401 (httpx's)
    ) -> Answer:
        """Ask what costs nothing, and may be asked again; `judge` says what this answer means, instead of ours."""
        try:
            answer = await self._exchange(self._asking, method, path, limit_bytes, content)
        except BROKEN as exc:
            raise ProviderUnavailable(f"{self._provider}: no answer to {method} {path}: {self._told(exc)}") from exc
        self._refuse(answer, f"{method} {path}", judge or self._judge, unanswered=ProviderUnavailable)
        return answer

    async def download(self, url: str, into: Path, *, limit_bytes: int = MEDIA_BYTES) -> Downloaded:
        """Write the bytes at `url` to `into`, durably.

        The key goes along only to the provider's own origin. Elsewhere only https on the provider's hosts, at global
        addresses, also after a redirect. Raises OutputExpired when it is gone, RequestRejected for an address that is
        not fetched, ProviderUnavailable for bytes that do not come whole.
        """
        for _ in range(HOPS):
            client, headers = self._way_to(httpx.URL(url))
            try:
                async with asyncio.timeout(self._whole_s), client.stream("GET", url, headers=headers) as response:
                    if response.has_redirect_location:
                        url = str(response.next_request.url) if response.next_request else ""
                        continue
                    self._refuse_download(response)
                    await self._save(response, into, limit_bytes)
                    return Downloaded(headers=response.headers)
            except BROKEN as exc:
                raise ProviderUnavailable(f"{self._provider}: an output did not come whole: {self._told(exc)}") from exc
        raise RequestRejected(f"{self._provider}: an output's address leads on and on")

    async def aclose(self) -> None:
        """Let go of all connections."""
        for client in (self._paying, self._asking, self._fetching):
            await client.aclose()

    async def _exchange(
        self, client: httpx.AsyncClient, method: str, path: str, limit_bytes: int, content: Mapping[str, Any]
    ) -> Answer:
        sent = {**content, "headers": {**self._headers(), **content.get("headers", {})}}
        async with asyncio.timeout(self._whole_s), client.stream(method, path, **sent) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limit_bytes:
                    raise AnswerMalformed(f"{self._provider}: an answer of more than {limit_bytes:,} bytes")
        return Answer(status=response.status_code, headers=response.headers, body=bytes(body), provider=self._provider)

    def _refuse(self, answer: Answer, what: str, judge: Judge, *, unanswered: type[DirectorError]) -> None:
        error = judge(answer)
        if error is not None:
            raise self._redacted(error)
        if answer.status < 400:
            return
        told = f"{self._provider}: {what}: status {answer.status}: {self._told(answer.body)}"
        if answer.status in {401, 403}:
            raise self._redacted(KeyRejected(told))
        if answer.status < 500:
            raise RequestRejected(told)
        raise unanswered(f"{told}; {DOUBT}" if unanswered is Ambiguous else told)

    def _refuse_download(self, response: httpx.Response) -> None:
        if response.status_code in GONE:
            raise OutputExpired(f"{self._provider}: an output is gone (status {response.status_code})")
        if response.status_code != 200:
            raise ProviderUnavailable(f"{self._provider}: status {response.status_code} for an output")

    async def _save(self, response: httpx.Response, into: Path, limit_bytes: int) -> None:
        """Write what comes, to the disk, under another name until it is whole."""
        part, size = _part(into), 0
        with part.open("wb") as file:
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > limit_bytes:
                    raise RequestRejected(f"{self._provider}: an output of more than {limit_bytes:,} bytes")
                file.write(chunk)
        try:
            await asyncio.to_thread(_finish, part, into)
        except FileNotFoundError as exc:
            raise ProviderUnavailable(f"{self._provider}: somebody else has filed the output meanwhile") from exc

    def _way_to(self, url: httpx.URL) -> tuple[httpx.AsyncClient, Mapping[str, str]]:
        if (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port):
            return self._asking, self._headers()
        known = any(url.host == host or url.host.endswith(f".{host}") for host in self._media_hosts)
        if url.scheme != "https" or not known or url.userinfo or url.port not in {None, 443}:
            raise RequestRejected(f"{self._provider}: an output at {url.scheme}://{url.host}, which is not fetched")
        return self._fetching, {}

    def _redacted(self, error: DirectorError) -> DirectorError:
        error.args = tuple(self._told(arg) for arg in error.args)
        if isinstance(error, KeyRejected):
            error.args = (f"{error}; {'are' if ' ' in self._known_by else 'is'} {self._known_by} right?",)
        return error

    def _told(self, what: object) -> str:
        """What may be repeated of an answer or an error: short, and without our key."""
        text = what.decode("utf-8", "replace") if isinstance(what, bytes) else str(what) or repr(what)
        text = WITHIN.sub(r"\g<message>", text)
        for secret in self._secrets:
            text = text.replace(secret, "…")
        text = TOKEN.sub("…", text)
        return text if len(text) <= TOLD_CHARS else f"{text[:TOLD_CHARS]}…"


async def keep(data: bytes, into: Path) -> None:
    """Write an output that came with an answer to `into`, durably: it comes but once."""
    await asyncio.to_thread(_keep, data, into)


def _client(base_url: str, *, force_close: bool = False, only_global: bool = False) -> httpx.AsyncClient:
    # httpx's own pool looks through all its connections at each request: 157 a second with 100 at once (2026-11).
    def session() -> aiohttp.ClientSession:  # called by a running event loop, as aiohttp wants it
        resolver = GlobalAddresses() if only_global else None
        connector = aiohttp.TCPConnector(limit=AT_ONCE, force_close=force_close, resolver=resolver, ssl=_trust())
        return aiohttp.ClientSession(connector=connector)

    timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
    return httpx.AsyncClient(
        base_url=base_url, transport=AiohttpTransport(client=session), timeout=timeout, follow_redirects=False
    )


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates are believed: read once, since that takes 40 ms."""
    return httpx.create_ssl_context()


def _never_left(error: Exception) -> bool:
    """Whether the request surely did not leave: no connection came about.

    What httpx-aiohttp calls a ConnectTimeout may be a connection that broke off after the request was sent, so it is
    aiohttp's own error that counts.
    """
    return any(isinstance(each, UNSENT) for each in (error, error.__cause__))


def _keep(data: bytes, into: Path) -> None:
    part = _part(into)
    part.write_bytes(data)
    _finish(part, into)


def _part(into: Path) -> Path:
    # A process that slept beyond its lease may still be at it while another one is.
    return into.with_name(f"{into.name}.{os.getpid()}.part")


def _finish(part: Path, into: Path) -> None:
    """Bring what was written to the disk, then under its name, and that too."""
    for path in (part, part.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path is part:
            part.replace(into)
