"""A shared dashboard below a path: visitors look, those listed sign in and save."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from morph.home import run_folder
from tests.browser.login_provider import CLIENT, login_provider
from tests.browser.looking import FIRST_VISIT_MS, settled
from tests.browser.serving import free_port, serving
from tests.pages.conftest import make_home

pytestmark = pytest.mark.browser

ANN = "ann@uni.edu"
REPORT = "<!doctype html><title>Report</title>"
SETTINGS = """
[morph]
may_change = ["{person}"]

[auth]
redirect_uri = "http://localhost:{{port}}/morph/oauth2callback"
cookie_secret = "a text that only the server of this test knows"
client_id = "{client_id}"
client_secret = "{client_secret}"
server_metadata_url = "{discovery}"
"""


@pytest.fixture(scope="module")
def url(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard below /morph that Ann may change."""
    root = tmp_path_factory.mktemp("shared")
    make_home(root)
    run_folder(root, "r1").mkdir(parents=True)
    (run_folder(root, "r1") / "report.html").write_text(REPORT)
    file = root / "secrets.toml"
    with (
        login_provider(free_port(), (ANN,)) as discovery,
        pytest.MonkeyPatch.context() as patch,
    ):
        file.write_text(SETTINGS.format(person=ANN, discovery=discovery, **CLIENT))
        patch.setenv("STREAMLIT_SECRETS_FILES", str(file))
        patch.setenv("STREAMLIT_SERVER_BASE_URL_PATH", "morph")
        with serving(root) as address:
            yield f"{address}/morph"


def who(page: Page, text: str) -> None:
    """Wait for what the page says of its visitor."""
    said = page.locator(".st-key-who").get_by_text(text)
    expect(said).to_be_visible(timeout=FIRST_VISIT_MS)
    settled(page)


def to_subsets(page: Page) -> None:
    """By the menu, at an address below the path."""
    page.get_by_text("Samples", exact=True).first.click()
    page.get_by_role("menuitem", name="Subsets").click()
    page.wait_for_url(re.compile(r"/morph/subsets(\?|$)"))
    settled(page)


def to_first_sample(page: Page) -> None:
    """By a card of the Overview."""
    page.locator("a.card").first.click()
    page.wait_for_url(re.compile(r"/morph/explore\?"))
    settled(page)


def fetched(address: str) -> tuple[str, bytes]:
    """Type and content of what a program outside the browser gets."""
    response = httpx.get(address, timeout=30)
    return response.headers["content-type"].partition(";")[0], response.content


def drawn(page: Page, image: Locator) -> str:
    """The address of an image, once it is drawn."""
    element = image.element_handle()
    page.wait_for_function("image => image.naturalWidth > 8", arg=element)
    return element.evaluate("image => image.src")


def test_a_visitor_looks_and_a_listed_person_signs_in_to_save(url, page: Page):
    page.goto(f"{url}/subsets")
    who(page, "This dashboard is read-only for visitors")
    page.get_by_role("button", name="Who may make changes").click()
    expect(page.get_by_role("listitem").get_by_text(ANN)).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Save the 300 selected")).click()
    form = page.get_by_test_id("stForm").filter(visible=True)
    expect(form.get_by_role("button", name="Save 300 galaxies")).to_be_disabled()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=ANN).click()  # at the provider
    who(page, f"You are {ANN}")
    assert page.url.rstrip("/") == url
    to_subsets(page)
    page.get_by_role("button", name=re.compile("Save the 300 selected")).click()
    form.get_by_role("textbox", name="Name").fill("Of Ann")
    form.get_by_role("button", name="Save 300 galaxies").click()
    expect(page.get_by_test_id("stToast").filter(has_text="Of Ann")).to_be_visible()
    settled(page)
    permanent = page.get_by_text(re.compile(r"^http://.*/morph/subset/\w+\.fits$"))
    kind, content = fetched(permanent.inner_text())
    assert (kind, content[:6]) == ("application/fits", b"SIMPLE")
    page.get_by_role("button", name="Sign out").click()
    who(page, "This dashboard is read-only for visitors")


def test_images_links_and_files_are_found_below_the_path(url, page: Page):
    page.goto(url)
    settled(page)
    to_first_sample(page)
    tile = page.locator("a.tile").first
    source = drawn(page, tile.locator("img"))
    assert source.startswith(f"{url}/thumb/small-demo/")
    assert fetched(source)[0] == "image/jpeg"
    link = tile.evaluate("link => link.href")
    assert link.startswith(f"{url}/galaxy?")
    tile.click()
    page.wait_for_url(re.compile(r"/morph/galaxy\?"))
    settled(page)
    page.goto(link)  # as another tab opens it
    picture = page.locator('img[src*="/picture/"]').first
    source = drawn(page, picture)
    assert source.startswith(f"{url}/picture/small-bmz/")
    assert fetched(source)[0] == "image/png"
    assert fetched(f"{url}/run/r1/report.html") == ("text/html", REPORT.encode())
    to_subsets(page)
    page.get_by_role("link", name="Overview").click()
    page.wait_for_url(re.compile(r"/morph/?(\?|$)"))
    settled(page)
    to_first_sample(page)
