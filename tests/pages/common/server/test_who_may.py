"""Who may change the dashboard: the person at the machine, and those who are listed."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.context import StreamlitHeaders
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from morph.catalogue import default_release
from morph.errors import MorphError
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import access, database, who_may
from tests.pages.opening import button, opened, said, toasts

ANN, BOB = "ann@uni.edu", "bob@uni.edu"
LISTED = {"may_change": ["Ann@Uni.edu"]}
LOGIN = {"client_id": "morph"}
HEADER = {**LISTED, "header": "X-Email"}
SIGNED_IN = {"is_logged_in": True, "email": ANN, "email_verified": True}
LOCAL = {"server.address": "127.0.0.1"}
OPEN = {"server.address": "0.0.0.0"}  # noqa: S104
NAMED = {"server.allowedHosts": ["localhost", "morph.uni.edu"]}


class _User(dict):
    def to_dict(self) -> dict[str, Any]:
        return dict(self)


@pytest.fixture
def visit(monkeypatch) -> Callable[..., None]:
    """Make the next questions those of a visitor with this connection and login."""
    options = ("server.address", "server.allowedHosts", "server.trustedUserHeaders")
    before = {name: config.get_option(name) for name in options}

    def begin(
        *,
        options: Mapping[str, Any] = LOCAL,
        ip: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        morph: Mapping[str, Any] | None = None,
        auth: Mapping[str, Any] | None = None,
        user: Mapping[str, Any] | None = None,
    ) -> None:
        for name, value in (before | dict(options)).items():
            config.set_option(name, value)
        sections = {"morph": morph, "auth": auth}
        secrets = Secrets()
        given = {name: one for name, one in sections.items() if one is not None}
        secrets._secrets = given or None
        monkeypatch.setattr(st, "secrets", secrets)
        context = SimpleNamespace(ip_address=ip, headers=StreamlitHeaders(headers))
        monkeypatch.setattr(st, "context", context)
        monkeypatch.setattr(st, "user", _User(user or {}))

    yield begin
    for name, value in before.items():
        config.set_option(name, value)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_the_person_at_the_machine_may_do_everything(visit, address):
    visit(options={"server.address": address})
    assert not who_may.why_not()
    assert not who_may.why_not(owner=ANN)
    assert who_may.is_local()
    assert who_may.person() is None  # what they save is everybody's


@pytest.mark.parametrize(
    "options",
    [
        OPEN,
        {"server.address": "::"},
        {"server.address": None},  # then Streamlit listens everywhere
        {"server.address": "192.168.1.5"},
        {"server.address": "localhost.evil.example"},
        NAMED,
        {"server.allowedHosts": []},  # every name is allowed
        {"server.allowedHosts": ["*"]},
    ],
)
def test_a_dashboard_for_other_computers_is_read_only(visit, options):
    """Also for a visitor from this computer: a proxy on it looks the same."""
    visit(options=LOCAL | options)
    assert who_may.why_not()
    assert "read-only" in who_may.why_not()


@pytest.mark.parametrize(
    ("ip", "headers"),
    [
        ("192.168.1.7", ()),
        (None, (("X-Forwarded-For", "127.0.0.1"),)),
        (None, (("Forwarded", "for=127.0.0.1"),)),
        (None, (("x-real-ip", "10.0.0.1"),)),
        (None, (("Via", "1.1 proxy"),)),
    ],
)
def test_who_comes_from_elsewhere_is_not_at_the_machine(visit, ip, headers):
    visit(ip=ip, headers=headers)
    assert who_may.why_not()
    assert "does not come directly" in who_may.why_not()


@pytest.mark.parametrize(
    ("user", "may"),
    [
        (SIGNED_IN, True),
        (SIGNED_IN | {"email": " ANN@uni.edu "}, True),
        ({"is_logged_in": True, "email": ANN}, True),  # the provider does not say
        (SIGNED_IN | {"email_verified": "true"}, True),
        (SIGNED_IN | {"email_verified": False}, False),
        (SIGNED_IN | {"email_verified": "false"}, False),
        (SIGNED_IN | {"is_logged_in": False}, False),
        (SIGNED_IN | {"is_logged_in": "true"}, False),
        ({"email": ANN}, False),
        (SIGNED_IN | {"email": BOB}, False),
        (SIGNED_IN | {"email": f"{ANN}, {BOB}"}, False),
        (SIGNED_IN | {"email": None}, False),
        (SIGNED_IN | {"email": [ANN]}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("options", [LOCAL, OPEN, NAMED])
def test_those_listed_may_change_it_once_signed_in(visit, options, user, may):
    visit(options=options, morph=LISTED, auth=LOGIN, user=user)
    assert (not who_may.why_not()) is may


def test_a_sign_that_becomes_a_letter_is_another_person(visit):
    kelvin = "\N{KELVIN SIGN}im@uni.edu"
    assert kelvin.lower() == "kim@uni.edu"
    listed = {"may_change": ["kim@uni.edu"]}
    visit(morph=listed, auth=LOGIN, user=SIGNED_IN | {"email": kelvin})
    assert who_may.person() is None


def test_streamlits_own_headers_are_not_believed(visit):
    """With that option `st.user` contains what anyone sends."""
    options = {"server.trustedUserHeaders": {"X-Email": "email"}}
    visit(options=LOCAL | options, morph=LISTED, auth=LOGIN, user=SIGNED_IN)
    assert who_may.person() is None


@pytest.mark.parametrize(
    ("options", "proxy", "ip", "headers", "may"),
    [
        (LOCAL, "127.0.0.1", None, (("X-Email", ANN),), True),
        (LOCAL, "::1", "10.9.9.9", (("x-email", ANN),), True),  # as uvicorn replaced it
        (LOCAL, "127.0.0.1", None, (), False),
        (LOCAL, "127.0.0.1", None, (("X-Other", ANN),), False),
        (LOCAL, "127.0.0.1", None, (("X-Email", BOB),), False),
        (LOCAL, "127.0.0.1", None, (("X-Email", BOB), ("X-Email", ANN)), False),
        (LOCAL, "127.0.0.1", None, (("X-Email", ""),), False),
        (OPEN, "127.0.0.1", None, (("X-Email", ANN),), False),  # who else may come
        (OPEN, "10.0.0.2", "10.0.0.2", (("X-Email", ANN),), True),
        (OPEN, "10.0.0.2", "::ffff:10.0.0.2", (("X-Email", ANN),), True),
        (OPEN, "10.0.0.2", "10.0.0.3", (("X-Email", ANN),), False),
        (OPEN, "10.0.0.2", None, (("X-Email", ANN),), False),
    ],
)
def test_a_header_is_believed_from_the_proxy_alone(
    visit, options, proxy, ip, headers, may
):
    visit(options=options, ip=ip, headers=headers, morph=HEADER | {"proxy": proxy})
    assert (not who_may.why_not()) is may


@pytest.mark.parametrize(
    "forwarded", ["10.0.0.2", "1.2.3.4, 10.0.0.2", "10.0.0.2:80", "[10.0.0.2]:80"]
)
def test_an_address_out_of_a_header_is_not_that_of_the_proxy(visit, forwarded):
    """Uvicorn writes the address in this header over that of a local program."""
    headers = (("X-Email", ANN), ("X-Forwarded-For", forwarded))
    settings = HEADER | {"proxy": "10.0.0.2"}
    visit(options=OPEN, ip="10.0.0.2", headers=headers, morph=settings)
    assert who_may.person() is None
    passed_on = (("X-Email", ANN), ("X-Forwarded-For", "110.0.0.21"))
    visit(options=OPEN, ip="10.0.0.2", headers=passed_on, morph=settings)
    assert who_may.person() == ANN


def test_no_header_is_believed_unless_it_is_named(visit):
    headers = (("X-Email", ANN), ("X-Forwarded-Email", ANN), ("Remote-User", ANN))
    visit(headers=headers, morph=LISTED)
    assert who_may.person() is None


def test_what_somebody_saved_is_changed_by_them_alone(visit):
    both = {"may_change": [ANN, BOB]}
    visit(options=OPEN, morph=both, auth=LOGIN, user=SIGNED_IN)
    assert not who_may.why_not(owner=ANN)
    assert not who_may.why_not(owner=None)
    assert who_may.why_not(owner=BOB)
    assert who_may.why_not(BOB) == f"this belongs to {BOB}; only they may change it"


@pytest.mark.parametrize(
    ("morph", "names"),
    [
        ({"may_change": ANN}, "may_change"),
        ({"may_change": [1]}, "may_change"),
        ({"may_change": [""]}, "may_change"),
        ({"may_chnage": [ANN]}, "may_chnage"),
        ({"header": 1}, "header"),
        (HEADER | {"proxy": "everywhere"}, "proxy"),
    ],
)
def test_with_wrong_settings_nobody_may_change_it(visit, morph, names):
    visit(morph=morph, auth=LOGIN, user=SIGNED_IN)
    assert names in access.read().problem
    assert names in who_may.why_not()


def test_with_a_file_that_cannot_be_read_nobody_may_change_it(
    visit, monkeypatch, tmp_path
):
    file = tmp_path / "secrets.toml"
    before = config.get_option("secrets.files")
    try:
        config.set_option("secrets.files", [str(file)])
        visit()
        assert not who_may.why_not()  # there is none
        for content in (b"[morph\n", b'[morph]\nmay_change = ["\xff"]\n'):
            file.write_bytes(content)
            visit()
            assert "cannot be read" in who_may.why_not()
    finally:
        config.set_option("secrets.files", before)


def test_a_decorated_callback_is_refused(visit):
    changed = []

    @who_may.change
    def start(what: str, *, kind: str) -> str:
        changed.append((what, kind))
        return what

    visit(options=OPEN)
    with pytest.raises(MorphError, match="read-only"):
        start("run", kind="adapt")
    assert not changed
    visit()
    assert start("run", kind="adapt") == "run"
    assert changed == [("run", "adapt")]
    assert start.__name__ == "start"


def as_visitor(dashboard, **user: Any) -> None:
    dashboard.secrets = {"morph": {"may_change": [ANN, BOB]}, "auth": LOGIN}
    dashboard.user = user


def keyed(page: AppTest, key: str) -> Button:
    (found,) = (one for one in page.button if one.key == key)
    return found


def test_a_visitor_is_told_and_saves_nothing(morph_home, dashboard):
    as_visitor(dashboard)
    page = opened(dashboard, "subsets/subsets.py")
    assert "This dashboard is read-only for visitors" in said(page)
    assert f"- {ANN}\n- {BOB}" in [one.value for one in page.markdown]
    assert button(page, "Sign in")
    assert keyed(page, "save_selection_save").disabled
    as_visitor(page, **SIGNED_IN)
    page.run()
    as_visitor(page)  # who sends what only Ann's page has a button for
    page.text_input(key="save_selection_name").set_value("Mine")
    keyed(page, "save_selection_save").click().run()
    assert any("read-only" in one.value for one in page.error)
    with database.cursor(morph_home) as con:
        assert saved.subsets(con) == []


def test_a_login_without_all_its_settings_says_what_lacks(morph_home, dashboard):
    as_visitor(dashboard)
    page = opened(dashboard, "overview/overview.py")
    button(page, "Sign in").click().run()
    assert not page.exception
    assert any(one.startswith("Nobody can sign in") for one in toasts(page))


def test_a_visitor_does_not_choose_the_default_release(morph_home, dashboard):
    as_visitor(dashboard)
    page = opened(dashboard, "overview/overview.py", {"release": "fractions-only"})
    assert keyed(page, "open_with").disabled
    as_visitor(page, **SIGNED_IN)
    page.run()
    as_visitor(page)
    keyed(page, "open_with").click().run()
    assert any("read-only" in one for one in toasts(page))
    with database.cursor(morph_home) as con:
        assert default_release.chosen(con) is None


def test_a_subset_belongs_to_who_saved_it(morph_home, dashboard):
    as_visitor(dashboard, **SIGNED_IN)
    page = opened(dashboard, "subsets/subsets.py")
    assert f"You are {ANN} and may change this dashboard" in said(page)
    page.text_input(key="save_selection_name").set_value("Of Ann")
    keyed(page, "save_selection_save").click().run()
    with database.cursor(morph_home) as con:
        (subset,) = saved.subsets(con)
    assert subset.owner == ANN
    assert f"by {ANN}" in said(page)
    as_visitor(dashboard, **(SIGNED_IN | {"email": BOB}))
    page.run()
    assert not page.exception
    keyed(page, f"delete_{subset.subset_id}").click().run()
    assert any(f"belongs to {ANN}" in one.value for one in page.error)
    with database.cursor(morph_home) as con:
        assert [one.name for one in saved.subsets(con)] == ["Of Ann"]
        saved.delete(con, subset.subset_id)


def test_at_the_machine_nothing_is_said_and_subsets_are_everybodys(
    morph_home, dashboard
):
    page = opened(dashboard, "overview/overview.py")
    assert "read-only" not in said(page)
    with database.cursor(morph_home) as con:
        release = page.session_state["release_here"]
        made = saved.save_selection(con, release, Selection(), name="All")
        assert made.owner is None
        saved.delete(con, made.subset_id)
