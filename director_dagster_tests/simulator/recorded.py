"""The simulator in this process, on loopback, with all that was said to it and by it written down."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from director_dagster.simulator.app import PATHS, listen, simulator
from director_dagster.simulator.charges import Charges


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request and its answer; `path` is below the provider's base URL."""

    provider: str
    method: str
    path: str
    query: dict[str, str]
    sent_type: str
    sent: bytes
    status: int
    headers: dict[str, str]
    answer: bytes

    @property
    def answer_type(self) -> str:
        """The media type of the answer."""
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def fields(self) -> dict[str, Any]:
        """What was sent, as the fields of JSON or of a form; a file is its name, what stands more than once a list."""
        if self.sent_type.startswith("application/json"):
            fields: dict[str, Any] = json.loads(self.sent)
            return fields
        head = f"Content-Type: {self.sent_type}\r\n\r\n".encode()
        form: dict[str, Any] = {}
        for part in message_from_bytes(head + self.sent, policy=policy.HTTP).iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            value = part.get_filename() or part.get_content().strip()
            if name.endswith("[]"):
                form.setdefault(name.removesuffix("[]"), []).append(value)
            else:
                told = json.loads(value) if value.isdecimal() or value in {"true", "false"} else value
                form[name] = [*_list(form[name]), told] if name in form else told
        return form


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@dataclass
class Recorder:
    """The simulator's application, and what went through it."""

    app: ASGIApp
    exchanges: list[Exchange] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent, answer, started = bytearray(), bytearray(), dict[str, Any]()

        async def hear() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            answer.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, hear, say)
        self.exchanges += _exchange(scope, bytes(sent), started, bytes(answer))


def _exchange(scope: Scope, sent: bytes, started: dict[str, Any], answer: bytes) -> Iterator[Exchange]:
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    for provider, base in PATHS.items():
        if scope["path"].startswith(f"{base}/"):
            yield Exchange(
                provider=provider,
                method=scope["method"].lower(),
                path=scope["path"].removeprefix(base),
                query={name: value[-1] for name, value in parse_qs(scope["query_string"].decode()).items()},
                sent_type=headers.get("content-type", ""),
                sent=sent,
                status=started["status"],
                headers={name.decode().lower(): value.decode() for name, value in started["headers"]},
                answer=answer,
            )


@contextmanager
def recorded(folder: Path) -> Iterator[tuple[str, Recorder]]:
    """The simulator's address and its recorder, until the block ends."""
    recorder = Recorder(simulator(Charges(folder / "charges")))
    listening = listen(0)
    server = uvicorn.Server(uvicorn.Config(recorder, log_level="critical", access_log=False, lifespan="off"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", recorder
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
