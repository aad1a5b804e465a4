"""Settings of a shared dashboard: who may change it, and how people are known.

They are in ``.streamlit/secrets.toml``, next to those of `st.login`::

    [morph]
    may_change = ["ann@uni.edu", "bob@uni.edu"]
    header = "X-Forwarded-Email"  # only behind a proxy that authenticates people
    proxy = "127.0.0.1"           # the address of that proxy
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import streamlit as st

from morph.errors import MorphError

_FILE = ".streamlit/secrets.toml"
_KNOWN = ("may_change", "header", "proxy")
_LOCAL_PROXY = "127.0.0.1"
_LONGEST = 254  # characters of an email address (RFC 5321)


@dataclass(frozen=True)
class Access:
    """The settings; names of people are written as `name_of` does."""

    people: tuple[str, ...] = ()  # who may change this dashboard
    header: str = ""  # of HTTP: the name of a person, set by the proxy
    proxy: str = _LOCAL_PROXY
    providers: tuple[str, ...] = ()  # of `st.login`
    problem: str = ""  # why the settings are not valid; then nobody is listed


def read() -> Access:
    """The settings; all empty where there are none."""
    try:
        secrets = st.secrets.to_dict()
    except (OSError, UnicodeError):
        files = [Path(file) for file in st.get_option("secrets.files")]
        if not any(file.exists() for file in files):
            return Access()
        return Access(problem=f"{_FILE} cannot be read as TOML; see the server's log")
    try:
        return _checked(secrets.get("morph", {}), secrets.get("auth", {}))
    except MorphError as error:
        return Access(problem=str(error))


def name_of(value: object) -> str:
    """A person's name as it is compared: lower case; empty if it is none.

    Other characters than ASCII are refused: some become ASCII in lower case, as the
    Kelvin sign does, so that one person could pass for another.
    """
    text = value.strip() if isinstance(value, str) else ""
    is_name = text.isascii() and text.isprintable() and len(text) <= _LONGEST
    return text.lower() if is_name else ""


def is_shared(access: Access) -> bool:
    """Whether others than the person at this computer may reach the dashboard.

    So they may if it listens on more than the loopback address, if it answers to a
    public name (without one, `same_site` refuses browsers that come through a proxy),
    or if there are settings for people.
    """
    names = (st.get_option("server.address"), *st.get_option("server.allowedHosts"))
    is_limited = bool(st.get_option("server.allowedHosts"))
    local = is_limited and all(is_this_computer(name) for name in names)
    return not local or access != Access()


def is_this_computer(name: str | None) -> bool:
    """Whether a host's name or address can only mean the computer itself."""
    if name == "localhost":
        return True
    try:
        return ip_address((name or "").strip("[]")).is_loopback
    except ValueError:
        return False


def _checked(morph: Any, auth: Any) -> Access:
    """The settings of the sections [morph] and [auth]."""
    if not isinstance(morph, Mapping) or not isinstance(auth, Mapping):
        raise MorphError(f"morph and auth must be sections of {_FILE}: [morph], [auth]")
    if unknown := [name for name in morph if name not in _KNOWN]:
        raise MorphError(
            f"{unknown[0]!r} is not a setting of [morph] in {_FILE}; expected "
            f"{', '.join(_KNOWN)}"
        )
    listed = morph.get("may_change", [])
    if not isinstance(listed, list) or not all(name_of(one) for one in listed):
        raise MorphError(
            f"may_change of [morph] in {_FILE} is {listed!r:.80}; expected a list of "
            'email addresses, as in ["ann@uni.edu"]'
        )
    header, proxy = morph.get("header", ""), morph.get("proxy", _LOCAL_PROXY)
    return Access(
        tuple(dict.fromkeys(name_of(one) for one in listed)),
        _text("header", header),
        _address(proxy),
        _providers(auth),
    )


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise MorphError(
            f"{name} of [morph] in {_FILE} is {value!r:.80}; expected a string"
        )
    return value.strip()


def _address(value: Any) -> str:
    try:
        return str(ip_address(_text("proxy", value)))
    except ValueError as error:
        raise MorphError(
            f"proxy of [morph] in {_FILE} is {value!r:.80}; expected an IP address"
        ) from error


def _providers(auth: Mapping[str, Any]) -> tuple[str, ...]:
    """Names under which `st.login` knows the providers; "default" if not named."""
    named = [
        name
        for name, one in auth.items()
        if isinstance(one, Mapping) and "client_id" in one
    ]
    return (*(["default"] if "client_id" in auth else []), *named)
