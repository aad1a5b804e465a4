"""Who may change what is saved here: every callback that changes something asks.

The person at the machine may do everything. Behind a proxy on the same machine all
visitors come from 127.0.0.1, so the address is not enough: the dashboard must also be
for this computer alone by its settings (`access.is_shared`), and the connection must
have no header of a proxy. In case of doubt it is read-only.

Of a shared dashboard, those listed in ``may_change`` may change it. They are known by
`st.login`, or by a header that the settings name, if it comes from the proxy. Visitors
may select, draw, pin and download. Of theirs only outlines of regions are saved, since
links contain the ids of these.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from morph.errors import MorphError
from pages.common import words
from pages.common.server import access
from pages.common.server.access import Access

_OF_PROXIES = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-Ip",
)

_ELSEWHERE = (
    "this dashboard is read-only for you: your connection does not come directly from "
    "the computer on which it runs"
)
_NOBODY = (
    "this dashboard is read-only: it can be reached from other computers, but nobody "
    "is listed as allowed to change it; docs/server.md explains how to list people"
)
_VISITOR = (
    "this dashboard is read-only for visitors: you can select, pin and download, but "
    "not save, start, load or delete"
)


def person() -> str | None:
    """The name of this visitor; None at the machine itself, and if it is not known.

    What a person saves belongs to that name; what has no owner is everybody's.
    """
    settings = access.read()
    if not access.is_shared(settings):
        return None
    return _of_header(settings) or _of_login(settings)


def why_not(owner: str | None = None) -> str:
    """Why this visitor may not change it, in a sentence; empty if they may."""
    settings = access.read()
    if not access.is_shared(settings):
        return "" if _is_local_connection() else _ELSEWHERE
    name = person()
    if settings.problem:
        return f"this dashboard is read-only: {settings.problem}"
    if not settings.people:
        return _NOBODY
    if name is None:
        return _VISITOR
    if name not in settings.people:
        return f"you are {name}, who is not among those who may change this dashboard"
    if owner not in (None, name):
        return f"this belongs to {owner}; only they may change it"
    return ""


def explained(owner: str | None = None) -> str:
    """`why_not` as a page shows it, such as beside a disabled button."""
    reason = why_not(owner)
    return reason and f"{words.plain(words.sentence(reason))}."


def is_local() -> bool:
    """Whether this visitor is the person at the machine."""
    return not access.is_shared(access.read()) and _is_local_connection()


def check(owner: str | None = None) -> None:
    """Raise MorphError unless this visitor may change it."""
    if reason := why_not(owner):
        raise MorphError(reason)


def change(callback: Callable[..., Any]) -> Callable[..., Any]:
    """A callback that changes something: a MorphError unless this visitor may."""

    @wraps(callback)
    def checked(*args: Any, **given: Any) -> Any:
        check()
        return callback(*args, **given)

    return checked


def _is_local_connection() -> bool:
    # Streamlit gives None for 127.0.0.1 and ::1; without a browser, as in a test, there
    # is no address at all.
    address = st.context.ip_address
    if isinstance(address, str) and not access.is_this_computer(address):
        return False
    return not any(st.context.headers.get_all(name) for name in _OF_PROXIES)


def _of_login(settings: Access) -> str | None:
    """The verified email address of who signed in with `st.login`."""
    # Streamlit's own header option writes into `st.user` whatever anyone sends.
    if not settings.providers or st.get_option("server.trustedUserHeaders"):
        return None
    user: dict[str, Any] = st.user.to_dict()
    # Not all providers say so; some say it as a text.
    is_verified = str(user.get("email_verified", True)).lower() == "true"
    if user.get("is_logged_in") is not True or not is_verified:
        return None
    return access.name_of(user.get("email")) or None


def _of_header(settings: Access) -> str | None:
    """The name in the header of the proxy; None if another may have written it."""
    if not settings.header or not _comes_from(settings.proxy):
        return None
    values = st.context.headers.get_all(settings.header)
    # A second value would be one that the proxy has passed on from its client.
    return (access.name_of(values[0]) or None) if len(values) == 1 else None


def _comes_from(proxy: str) -> bool:
    """Whether the connection is one of the proxy."""
    # For connections from this computer, uvicorn replaces the address by the one in
    # X-Forwarded-For. A proxy on this computer is therefore trusted only if no other
    # computer can connect; one elsewhere, only if its address is not from that header.
    if access.is_this_computer(proxy):
        return access.is_this_computer(st.get_option("server.address"))
    address = st.context.ip_address
    if not isinstance(address, str) or address.removeprefix("::ffff:") != proxy:
        return False
    forwarded = ",".join(st.context.headers.get_all("X-Forwarded-For")).split(",")
    texts = [one.strip().replace("[", "").replace("]", "") for one in forwarded]
    return not any(f"{text}:".startswith(f"{address}:") for text in texts)
