// Cards that are links: a click stays in the session, Ctrl opens a new tab.

function without() {
  const box = element("div", "without");
  box.innerHTML = GLYPH;
  return box;
}

function picture(address) {
  if (!address) return without();
  const image = element("img");
  image.src = address;
  image.alt = "";
  image.loading = "lazy";
  image.onerror = () => image.replaceWith(without());
  return image;
}

function draw(card, total, choose) {
  const link = element("a", "card");
  link.href = card.link;
  link.title = card.meaning;
  const count = `${card.galaxies.toLocaleString("en")} of ${total.toLocaleString("en")}`;
  const strip = element("div", "strip");
  strip.append(...card.pictures.map(picture));
  if (!card.galaxies) strip.append(element("p", "", "No galaxies match this cut."));
  link.append(strip, element("b", "", card.title), element("span", "count", count));
  link.append(element("span", "source", card.source));
  link.setAttribute("aria-label", `${card.title}: ${count} galaxies. ${card.source}`);
  onPlainClick(link, () => choose(card.code));
  const item = element("div");
  item.setAttribute("role", "listitem");
  item.append(link);
  return item;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".cards");
  if (!changed(box, data)) return;
  box.setAttribute("aria-label", "Samples to start from");
  const choose = (code) => setTriggerValue("choose", code);
  box.replaceChildren(...data.cards.map((card) => draw(card, data.total, choose)));
}
