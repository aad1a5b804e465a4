"""Connections of a server whose socket was bound beforehand, as Streamlit binds it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from pages.common.server.without_delay import send_without_delay


class Noted(H11Protocol):
    """Notes whether a connection sends small packets at once."""

    at_once: list[bool]

    def connection_made(self, transport: asyncio.Transport) -> None:
        sock = transport.get_extra_info("socket")
        self.at_once.append(
            bool(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        )
        super().connection_made(transport)


async def _served(bound, app):
    """Serve ``app`` until it is connected to, twice; note what each connection does."""
    protocol = type("Own", (Noted,), {"at_once": []})
    server = uvicorn.Server(uvicorn.Config(app, http=protocol, log_level="error"))
    early = socket.create_connection(bound.getsockname()[:2])  # before it starts
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:
        await asyncio.sleep(0.01)
    late = socket.create_connection(bound.getsockname()[:2])
    while len(protocol.at_once) < 2:
        await asyncio.sleep(0.01)
    early.close()
    late.close()
    server.should_exit = True
    await serving
    return protocol.at_once


@asynccontextmanager
async def at_once(app: Starlette) -> AsyncIterator[None]:
    send_without_delay(asyncio.get_running_loop())
    yield


@asynccontextmanager
async def as_it_is(app: Starlette) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize(
    ("lifespan", "expected"), [(at_once, [True, True]), (as_it_is, [False, False])]
)
def test_every_connection_sends_small_packets_at_once(lifespan, expected):
    """The second case fails once uvicorn sees to it: then the module can go."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        bound.setblocking(False)
        assert asyncio.run(_served(bound, Starlette(lifespan=lifespan))) == expected


def test_the_port_is_free_after_the_server_has_stopped():
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        bound.setblocking(False)
        place = bound.getsockname()
        asyncio.run(_served(bound, Starlette(lifespan=at_once)))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place)


def test_a_socket_of_a_file_is_left_alone(tmp_path):
    async def served():
        loop = asyncio.get_running_loop()
        send_without_delay(loop)
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(tmp_path / "socket"))
            server = await loop.create_server(asyncio.Protocol, sock=bound)
            assert [one.fileno() for one in server.sockets] == [bound.fileno()]
            server.close()

    asyncio.run(served())
