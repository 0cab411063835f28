"""G12: our HTTP client with a hundred requests at once on loopback, against what it stands on: aiohttp alone, and httpx
with aiohttp beneath it."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from benchmarks.harness import PAIRS, Figure, Goal, Pairs
from director_dagster.providers.http import Answer, Api

AT_ONCE, REQUESTS = 100, 4_000
SERVER = """
import asyncio
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: 21\\r\\n\\r\\n"
class Answering(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.read = transport, b""
    def data_received(self, data):
        self.read += data
        while b"\\r\\n\\r\\n" in self.read:
            _, _, self.read = self.read.partition(b"\\r\\n\\r\\n")
            self.transport.write(HEAD + b'{"status": "RUNNING"}')
async def main():
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def measure() -> Iterator[Figure]:
    """The figure of G12, our requests a second over aiohttp's; and what of the rest is httpx's own."""
    with _server() as url:
        ours, httpx_alone, aiohttp_alone = zip(*asyncio.run(_in_turn(url)), strict=True)
    what = f"aiohttp alone / our client, seconds of {REQUESTS:,} requests, {AT_ONCE} at once"
    yield Pairs(first=aiohttp_alone, second=ours).ratio(what, Goal(limit=0.8, at_least=True))
    yield Pairs(first=httpx_alone, second=ours).ratio("  httpx on aiohttp alone / our client", None)
    yield Pairs(first=aiohttp_alone, second=httpx_alone).ratio("  aiohttp alone / httpx on aiohttp alone", None)


async def _in_turn(url: str) -> list[tuple[float, float, float]]:
    """Seconds of our client, of httpx on aiohttp and of aiohttp."""
    api = Api(provider="bench", base_url=url, headers=dict, judge=_judge)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session,
        httpx.AsyncClient(transport=AiohttpTransport(client=session)) as client,
    ):

        async def ours() -> None:
            assert (await api.ask("/status")).status == 200

        async def by_httpx() -> None:
            assert (await client.get(f"{url}/status")).status_code == 200

        async def by_aiohttp() -> None:
            async with session.get(f"{url}/status") as response:
                assert response.status == 200
                await response.read()

        try:
            for each in (ours, by_httpx, by_aiohttp):
                await _all(each)
            return [(await _all(ours), await _all(by_httpx), await _all(by_aiohttp)) for _ in range(PAIRS)]
        finally:
            await api.aclose()


async def _all(one: Callable[[], Awaitable[None]]) -> float:
    start, left = perf_counter(), iter(range(REQUESTS))

    async def lane() -> None:
        for _ in left:
            await one()

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return perf_counter() - start


def _judge(_: Answer) -> None:
    return None


@contextmanager
def _server() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()
