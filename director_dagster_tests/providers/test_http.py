"""HTTP as providers are spoken to: what may be sent again, where a key goes, what is read of an answer."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from director_dagster.errors import (
    Ambiguous,
    AnswerMalformed,
    DirectorError,
    KeyRejected,
    OutOfMoney,
    OutputExpired,
    ProviderUnavailable,
    RequestRejected,
)
from director_dagster.providers.addresses import is_global
from director_dagster.providers.http import WHOLE_S, Answer, Api

KEY = "sk-canary-0123456789"


def said(status: int, body: bytes = b"{}", *headers: str, length: int | None = None) -> bytes:
    """An answer as it goes over the wire; with a `length` that is not the body's, the server hangs up after it."""
    promised = len(body) if length is None else length
    close = [] if promised == len(body) else ["Connection: close"]
    return (
        "\r\n".join([f"HTTP/1.1 {status} X", f"Content-Length: {promised}", *close, *headers, "", ""]).encode() + body
    )


@dataclass
class Server:
    """Answers each request with what `answer` makes of it; with nothing it hangs up."""

    answer: Callable[[str], bytes]
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            answer = b"-"
            while answer and b"Connection: close" not in answer:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lengths = [line.partition(":")[2] for line in head.lower().splitlines() if "content-length" in line]
                self.requests.append(head + (await reader.readexactly(int(lengths[0]) if lengths else 0)).decode())
                answer = self.answer(self.requests[-1])
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Callable[[str], bytes] | bytes) -> AsyncIterator[Server]:
    """A server on loopback that answers so."""
    server = Server(answer=answer if callable(answer) else lambda _: answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server


def no_money(answer: Answer) -> DirectorError | None:
    return OutOfMoney(f"top up: {answer.body.decode()}") if answer.status == 402 else None


@asynccontextmanager
async def spoken_to(url: str, *, media_hosts: tuple[str, ...] = (), whole_s: float = WHOLE_S) -> AsyncIterator[Api]:
    """The API at `url`."""
    api = Api(
        provider="acme",
        base_url=url,
        headers=lambda: {"Authorization": f"Bearer {KEY}"},
        judge=no_money,
        secrets=[KEY],
        media_hosts=media_hosts,
        whole_s=whole_s,
    )
    try:
        yield api
    finally:
        await api.aclose()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port: int = reserved.getsockname()[1]
    return port


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_what_never_left_may_be_sent_again(host: str) -> None:
    async with spoken_to(f"http://{host}:{free_port()}") as api:
        with pytest.raises(ProviderUnavailable, match="acme cannot be reached"):
            await api.pay("POST", "/jobs", json={})


UNANSWERED = {
    "hangs up": b"",
    "half an answer": said(200, b"{", length=99),
    "no HTTP": b"\x00\r\n\r\n",
    "500": said(500),
    "502": said(502),
    "504": said(504),
}


@pytest.mark.parametrize("answer", UNANSWERED.values(), ids=UNANSWERED)
async def test_what_may_have_been_taken_is_ambiguous_and_sent_once(answer: bytes) -> None:
    async with serving(answer) as server, spoken_to(server.url) as api:
        with pytest.raises(Ambiguous, match="whether it was taken, and is charged, it does not say") as told:
            await api.pay("POST", "/jobs", json={"prompt": "a door"})

    assert len(server.requests) == 1
    assert "<" not in str(told.value), "no error of a library's own, as programs print it"


@pytest.mark.parametrize("answer", UNANSWERED.values(), ids=UNANSWERED)
async def test_a_question_without_an_answer_may_be_asked_again(answer: bytes) -> None:
    async with serving(answer) as server, spoken_to(server.url) as api:
        with pytest.raises(ProviderUnavailable):
            await api.ask("/jobs/7")


@pytest.mark.parametrize(
    ("status", "error"), [(400, RequestRejected), (401, KeyRejected), (403, KeyRejected), (402, OutOfMoney)]
)
async def test_a_refusal_has_its_own_error_and_never_repeats_the_key(status: int, error: type[DirectorError]) -> None:
    echo = json.dumps({"error": f"no, not with {KEY}"}).encode()

    async with serving(said(status, echo)) as server, spoken_to(server.url) as api:
        for asked in (api.pay("POST", "/jobs", json={}), api.ask("/jobs/7")):
            with pytest.raises(error, match="no, not with …") as refused:
                await asked

    assert KEY not in str(refused.value)


async def test_a_payment_has_a_connection_of_its_own_and_questions_share_one() -> None:
    async with serving(said(200)) as server, spoken_to(server.url) as api:
        for _ in range(3):
            await api.pay("POST", "/jobs", json={})
        paying = server.connections
        for _ in range(3):
            await api.ask("/jobs/7")

    assert (paying, server.connections) == (3, 4)
    assert all(f"authorization: bearer {KEY}" in request.lower() for request in server.requests)


async def test_an_answer_without_end_is_not_read_to_it() -> None:
    async with serving(said(200, b"x" * 2_000)) as server, spoken_to(server.url) as api:
        with pytest.raises(AnswerMalformed, match="more than 1,000 bytes"):
            await api.ask("/jobs/7", limit_bytes=1_000)


async def test_an_answer_that_never_ends_is_given_up(tmp_path: Path) -> None:
    endless = b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{"

    async with serving(endless) as server, spoken_to(server.url, whole_s=0.2) as api:
        with pytest.raises(Ambiguous, match="no answer"):
            await api.pay("POST", "/jobs", json={})
        with pytest.raises(ProviderUnavailable, match="no answer"):
            await api.ask("/jobs/7")
        with pytest.raises(ProviderUnavailable, match="did not come whole"):
            await api.download(f"{server.url}/files/1", tmp_path / "film")


class Job(BaseModel):
    id: str


@given(st.binary(max_size=200) | st.just(b"[" * 100_000) | st.builds(lambda x: json.dumps(x).encode(), st.text()))
def test_any_bytes_are_an_answer_or_malformed(body: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        Answer(status=200, headers=httpx.Headers(), body=body).read(Job)


def test_what_is_wrong_with_an_answer_is_named_and_its_content_is_not() -> None:
    answer = Answer(status=200, headers=httpx.Headers(), body=b'{"id": ["a secret"]}')

    told = "^the provider: an answer of status 200: id: Input should be a valid string$"
    with pytest.raises(AnswerMalformed, match=told):
        answer.read(Job)


async def test_an_output_of_the_providers_own_is_fetched_with_the_key(tmp_path: Path) -> None:
    async with serving(said(200, b"film", "Content-Type: Video/MP4; x=y")) as server, spoken_to(server.url) as api:
        fetched = await api.download(f"{server.url}/files/1", tmp_path / "film")

    assert (fetched.media_type, (tmp_path / "film").read_bytes()) == ("video/mp4", b"film")
    assert KEY in server.requests[0]


async def test_a_redirect_within_the_providers_own_is_followed(tmp_path: Path) -> None:
    def answer(request: str) -> bytes:
        return said(200, b"film") if "/there" in request else said(302, b"", "Location: /there")

    async with serving(answer) as server, spoken_to(server.url) as api:
        await api.download(f"{server.url}/here", tmp_path / "film")

    assert (tmp_path / "film").read_bytes() == b"film"


FOREIGN = (
    "http://cdn.acme.example/1.mp4",
    "https://acme.example.evil.example/1.mp4",
    "https://evilacme.example/1.mp4",
    "https://user:word@cdn.acme.example/1.mp4",
    "https://cdn.acme.example:8443/1.mp4",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "file:///etc/passwd",
    "ftp://cdn.acme.example/1.mp4",
)


@pytest.mark.parametrize("url", FOREIGN)
async def test_no_other_address_is_fetched_neither_named_nor_by_a_redirect(url: str, tmp_path: Path) -> None:
    async with (
        serving(said(302, b"", f"Location: {url}")) as server,
        spoken_to(server.url, media_hosts=("acme.example",)) as api,
    ):
        for named in (url, f"{server.url}/files/1"):
            with pytest.raises(RequestRejected, match="which is not fetched"):
                await api.download(named, tmp_path / "film")

    assert list(tmp_path.iterdir()) == []


async def test_a_providers_host_that_leads_into_a_private_network_is_not_fetched(tmp_path: Path) -> None:
    async with spoken_to("http://127.0.0.1:9", media_hosts=("localhost",)) as api:
        with pytest.raises(ProviderUnavailable, match="private network"):
            await api.download("https://localhost/1.mp4", tmp_path / "film")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(404), OutputExpired),
        (said(403), OutputExpired),
        (said(503), ProviderUnavailable),
        (said(200, b"fil", length=4), ProviderUnavailable),
        (said(200, b"x" * 101), RequestRejected),
    ],
)
async def test_an_output_that_does_not_come_whole_leaves_no_file(
    answer: bytes, error: type[DirectorError], tmp_path: Path
) -> None:
    async with serving(answer) as server, spoken_to(server.url) as api:
        with pytest.raises(error):
            await api.download(f"{server.url}/1", tmp_path / "film", limit_bytes=100)

    assert not (tmp_path / "film").exists()


PRIVATE = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "224.0.0.1", "::1", "::", "fe80::1", "fc00::1"]
DISGUISED = ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]


@pytest.mark.parametrize("address", [*PRIVATE, *DISGUISED])
def test_private_addresses_are_known_in_every_disguise(address: str) -> None:
    assert not is_global(address)


def test_public_addresses_are_public() -> None:
    assert all(is_global(address) for address in ("1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"))
