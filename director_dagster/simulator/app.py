"""The simulator: one server on loopback that speaks every contract, each provider below a path of its own."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import uvicorn
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from director_dagster.simulator.charges import Charges
from director_dagster.simulator.elevenlabs import ElevenLabs
from director_dagster.simulator.fal import Fal
from director_dagster.simulator.faults import Faults, Planned
from director_dagster.simulator.google import Google
from director_dagster.simulator.kling import Kling
from director_dagster.simulator.minimax import MiniMax
from director_dagster.simulator.openai import OpenAI
from director_dagster.simulator.runway import Runway

PATHS = {
    "openai": "/openai/v1",
    "fal": "/fal",
    "elevenlabs": "/elevenlabs",
    "kling": "/kling",
    "runway": "/runway",
    "minimax": "/minimax",
    "google": "/google",
}
"""Below which path each provider is spoken to."""

KEEP_ALIVE_S = 3600


def _known(provider: str) -> str:
    if provider and provider not in PATHS:
        raise ValueError(f"there is no {provider!r}; there are {', '.join(PATHS)}")
    return provider


@dataclass(frozen=True, kw_only=True)
class Asked(Planned):
    """A fault as a user plans it, and how many times it is to happen."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    provider: Annotated[str, AfterValidator(_known)] = ""
    status: Annotated[int, Field(ge=200, le=599)] = 500
    times: Annotated[int, Field(ge=1, le=10_000)] = 1


def simulator(charges: Charges) -> Starlette:
    """The application; it answers besides ``GET /charges``, and ``POST /faults`` with the fields of a `Planned` fault
    and how many ``times`` it is to happen."""
    faults = Faults()

    async def charged(_: Request) -> Response:
        return JSONResponse([vars(charge) for charge in charges.all()])

    async def plan(request: Request) -> Response:
        try:
            asked = TypeAdapter(Asked).validate_json(await request.body())
        except ValidationError as exc:
            wrong = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, wrong["loc"]))
            return JSONResponse({"error": f"{where or 'the fault'}: {wrong['msg']}"}, 400)
        fields = {name: getattr(asked, name) for name in Planned.__dataclass_fields__}
        faults.plan(Planned(**fields), asked.times)
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/charges", charged),
            Route("/faults", plan, methods=["POST"]),
            Mount(PATHS["openai"], routes=OpenAI(charges, faults).routes),
            Mount(PATHS["fal"], routes=Fal(charges, faults).routes),
            Mount(PATHS["elevenlabs"], routes=ElevenLabs(charges, faults).routes),
            Mount(PATHS["kling"], routes=Kling(charges, faults).routes),
            Mount(PATHS["runway"], routes=Runway(charges, faults).routes),
            Mount(PATHS["minimax"], routes=MiniMax(charges, faults).routes),
            Mount(PATHS["google"], routes=Google(charges, faults).routes),
        ]
    )


def listen(port: int) -> socket.socket:
    """A socket on loopback; port 0 is any free one. Raises OSError when the port is taken."""
    return socket.create_server(("127.0.0.1", port), backlog=4096)


def serve(listening: socket.socket, charges: Path) -> None:
    """Serve until the process is ended."""
    config = uvicorn.Config(
        simulator(Charges(charges)), log_level="critical", access_log=False, timeout_keep_alive=KEEP_ALIVE_S
    )
    uvicorn.Server(config).run(sockets=[listening])
