"""What is read on every page: sizes and contrast of texts, one row, one main button."""

import pytest
from playwright.sync_api import Browser, expect

from pages.common.frame.page_list import PAGES
from tests.browser.looking import settled

pytestmark = pytest.mark.browser

FIRST_MS = 90_000  # a dashboard that has just begun is busy with its imports
SMALLEST = 14  # pixels
CONTRAST, OF_LARGE = 4.5, 3.0  # WCAG 2.2, level AA

# Texts on a plain colour, also within components, with their sizes and contrasts. The
# value at a slider is over its mark; dots between numbers of pages say nothing.
READ = """() => {
  const all = [];
  const into = (root) => {
    for (const node of root.querySelectorAll("*")) {
      all.push(node);
      if (node.shadowRoot) into(node.shadowRoot);
    }
  };
  into(document);
  const up = (node) => node.parentElement ?? node.getRootNode().host;
  const seen = (node) => {
    const { width, height } = node.getBoundingClientRect();
    const how = { opacityProperty: true, visibilityProperty: true };
    return width > 1 && height > 1 && node.checkVisibility(how);
  };
  const paint = document.createElement("canvas").getContext("2d", {
    willReadFrequently: true,
  });
  const channels = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = paint.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, alpha, below) =>
    [0, 1, 2].map((one) => alpha * top[one] + (1 - alpha) * below[one]);
  const luminance = (colour) => {
    const part = (value) => {
      const one = value / 255;
      return one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
    };
    const [red, green, blue] = colour.map(part);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = up(at)) {
      const { backgroundColor, backgroundImage } = getComputedStyle(at);
      if (backgroundImage !== "none") return null;
      layers.push(channels(backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    const white = [255, 255, 255];
    return layers.reduceRight((below, one) => over(one, one[3], below), white);
  };
  const opacity = (node) => {
    let whole = 1;
    for (let at = node; at; at = up(at)) whole *= getComputedStyle(at).opacity;
    return whole;
  };
  const left = "[disabled], [aria-disabled=true], [data-testid=stSliderThumbValue]";
  const texts = [];
  for (const node of all) {
    const own = [...node.childNodes].filter((child) => child.nodeType === 3);
    const text = own.map((child) => child.data.trim()).join(" ").trim();
    if (!text || text === "…" || node.closest(left) || !seen(node)) continue;
    const style = getComputedStyle(node);
    if (/material/i.test(style.fontFamily)) continue; // icons
    const size = parseFloat(style.fontSize);
    const below = ground(node);
    if (!below) continue;
    const colour = channels(node instanceof SVGElement ? style.fill : style.color);
    const ink = over(colour, colour[3] * opacity(node), below);
    const [dark, light] = [luminance(ink), luminance(below)].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    texts.push({ text: text.slice(0, 40), size, contrast, large });
  }
  const main = [...document.querySelectorAll("[data-testid=stBaseButton-primary]")];
  return {
    texts,
    main: main.filter(seen).map((button) => button.innerText),
    wide: document.documentElement.scrollWidth - innerWidth,
  };
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_are_large_and_dark_enough(simulated, browser: Browser, theme):
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=theme
    )
    page = context.new_page()
    faults = []
    for name in (name for group in PAGES.values() for name in group):
        page.goto(f"{simulated}/{name}", timeout=FIRST_MS)
        expect(page.get_by_text("Credits, licences, how to cite")).to_be_visible()
        settled(page)
        page.wait_for_timeout(500)  # galleries are drawn after it
        read = page.evaluate(READ)
        assert len(read["texts"]) > 20, name
        for one in read["texts"]:
            least = OF_LARGE if one["large"] else CONTRAST
            if one["size"] < SMALLEST or one["contrast"] < least:
                faults.append((name, one))
        assert read["wide"] <= 0, f"{name} is too wide"
        assert len(read["main"]) <= 1, (name, read["main"])
    context.close()
    assert faults == []
