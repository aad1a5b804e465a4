"""What an address holds: another browser sees the same, and the way back is kept."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import expect_count, names_shown, query_of, settled
from tests.plain_counts import Plain

pytestmark = pytest.mark.browser

RELEASE = "demo-bmz"
FEATURED, SMOOTH = "smooth-or-featured_featured-or-disk", "smooth-or-featured_smooth"


@pytest.fixture(scope="module")
def released(demo) -> Plain:
    return plain_counts.read(release_folder(demo.root, RELEASE))


@pytest.fixture(scope="module")
def limits(released: Plain) -> dict[str, tuple[float, float]]:
    """Two answers of one question, limited so that more than a page is left."""
    shares = released.shares
    return {
        FEATURED: (round(shares[FEATURED].quantile(0.3), 2), 1.0),
        SMOOTH: (0.0, round(shares[SMOOTH].quantile(0.65), 2)),
    }


def test_a_copied_link_shows_the_same_in_another_browser(
    demo, page: Page, browser: Browser, released, limits
):
    held = released.names(limits)
    assert 24 < len(held) < len(released.shares)
    own = "sort=Highest+vote+fraction&by=Weak+bar&tiles=24&page=2"
    page.goto(f"{demo.url}/explore?{query_of(limits)}&{own}")
    expect_count(page, released, len(held))
    by_weak_bar = released.shares.loc[list(held), "bar_weak"].sort_values()
    shown = names_shown(page)
    assert shown == list(by_weak_bar.index[::-1][24 : 24 + len(shown)])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    other = browser.new_context().new_page()
    other.goto(link)
    expect_count(other, released, len(held))
    assert names_shown(other) == shown
    expect(other.get_by_role("combobox", name="Sort by")).to_have_value(
        "Highest vote fraction"
    )
    query = parse_qs(urlsplit(link).query)
    assert query.pop("release") == ["demo-bmz"]  # though it opens by default today
    assert query == parse_qs(urlsplit(page.url).query)
    other.context.close()


def test_the_view_is_in_the_link(demo, page: Page):
    page.goto(f"{demo.url}/explore?view=Table")
    expect(page.get_by_role("radio", name="Table", exact=True)).to_be_checked()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_role("radio", name="Histograms", exact=True).click()
    page.wait_for_url("**view=Histograms*")
    page.reload()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()


@pytest.mark.parametrize(
    "wrong",
    [  # as many at once as there is room for
        {"bar_strong": "abc", "bar_weak": "0.9&bar_weak=0.1"},
        {"rule": "<script>alert(1)</script>", "sure": "perhaps"},
        {"regions": "../../etc/passwd", "in_subset": "' OR 1=1 --"},
        {"release": "nowhere", "bogus": "1"},
        {"view": "Everything", "tiles": "7", "sort": "nonsense"},
        {"bar_strong": "abc", "rule": "perhaps", "tiles": "7", "sort": "nonsense"},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_wrong_values_are_left_out_with_a_notice(demo, page: Page, released, wrong):
    query = "&".join(f"{name}={value}" for name, value in wrong.items())
    page.goto(f"{demo.url}/explore?{query}")
    for name in wrong:
        notice = (
            page.get_by_test_id("stToast")
            .filter(has_text=f"{name}=")
            .or_(page.get_by_test_id("stToast").filter(has_text=f"{name} ignored"))
        )
        expect(notice).to_have_count(1)
    expect_count(page, released, len(released.shares))
    assert len(names_shown(page)) == 48


def _query(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def test_the_way_back_through_pages_keeps_the_selection(
    demo, page: Page, released, limits
):
    held = len(released.names(limits))
    page.goto(f"{demo.url}/explore?{query_of(limits)}")
    expect_count(page, released, held)
    settled(page)  # a page chosen before has the selection, but not in its address
    walked = [page.url]
    for title in ("Simplex", "Map", "Contrast", "Galaxy"):
        page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
        expect(page).to_have_title(f"{title} · morph")
        expect_count(page, released, held)
        page.wait_for_function("() => location.search.includes('featured-or-disk')")
        settled(page)
        walked.append(page.url)
    for address in reversed(walked[:-1]):
        page.go_back()
        path = urlsplit(address).path
        expect(page).to_have_url(re.compile(re.escape(path) + r"\?"))
        title = path.strip("/").title()
        expect(page).to_have_title(f"{title} · morph")
        expect_count(page, released, held)
        wanted = parse_qs(urlsplit(address).query)
        page.wait_for_url(lambda url, wanted=wanted: _query(url) == wanted)


def test_back_from_the_next_galaxy_is_the_galaxy_before(demo, page: Page, released):
    page.goto(f"{demo.url}/galaxy?order=iauname")
    names = sorted(released.shares.index)
    for name in names[:2]:
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name=names[2])).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name=names[1])).to_be_visible()


def test_one_click_out_of_an_empty_selection(demo, page: Page, released):
    nobody = {FEATURED: (0.6, 1.0), SMOOTH: (0.6, 1.0)}
    assert not released.names(nobody)
    page.goto(f"{demo.url}/explore?{query_of(nobody)}")
    expect_count(page, released, 0)
    offer = page.locator(".st-key-relax button")
    expect(offer).to_be_visible()
    empty = page.url
    promised = int(re.search(r"([\d,]+) galax", offer.inner_text())[1].replace(",", ""))
    offer.click()
    expect_count(page, released, promised)
    assert 0 < promised < len(released.shares)
    page.wait_for_url(lambda address: address != empty)
    query = parse_qs(urlsplit(page.url).query)
    limits = {
        label: tuple(float(end) for end in query[label])
        for label in (FEATURED, SMOOTH)
        if label in query
    }
    assert len(released.names(limits)) == promised
    page.get_by_role("button", name="Undo").click()
    expect_count(page, released, 0)
