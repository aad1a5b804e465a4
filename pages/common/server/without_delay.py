"""Answers that leave the server at once."""

import asyncio
import os
import socket
from typing import Any


def send_without_delay(loop: asyncio.AbstractEventLoop) -> None:
    """Have servers that ``loop`` starts from a bound socket send small packets at once.

    Otherwise the body of an answer, and each message of a websocket, waits until the
    browser has acknowledged what came before, which it does after 40 ms (Nagle's
    algorithm, RFC 896, and delayed acknowledgements). asyncio sees to it only where a
    socket names its protocol, and Streamlit's does not:
    https://github.com/Kludex/uvicorn/issues/3149. Call it before the server starts.
    """
    create_server = loop.create_server

    async def create(
        *args: Any, sock: socket.socket | None = None, **options: Any
    ) -> asyncio.Server:
        return await create_server(*args, sock=sock and _named(sock), **options)

    loop.create_server = create  # type: ignore[method-assign]


def _named(sock: socket.socket) -> socket.socket:
    """The same listening socket, which names its protocol if that is TCP."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return sock
    # Whoever bound it closes it too, so this one has a descriptor of its own.
    file = os.dup(sock.fileno())
    return socket.socket(sock.family, sock.type, socket.IPPROTO_TCP, fileno=file)
