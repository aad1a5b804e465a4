// Cards that are links: a click stays in the session, Ctrl opens a new tab.

function draw(card, total, send) {
  const count = `${card.galaxies.toLocaleString("en")} of ${total.toLocaleString("en")}`;
  const without = () => element("div", "without", glyph());
  const images = card.pictures.map((address) => picture(address, without));
  if (!card.galaxies) images.push(element("p", "", "No galaxies match this cut."));
  const looks = {
    className: "card",
    href: card.link,
    title: card.meaning,
    ariaLabel: `${card.title}: ${count} galaxies. ${card.source}`,
  };
  const node = link(
    looks,
    () => send("choose", card.code),
    element("div", "strip", ...images),
    element("b", "", card.title),
    element("span", "count", count),
    element("span", "source", card.source),
  );
  return element("div", { role: "listitem" }, node);
}

export default component((box, data, send) => {
  box.replaceChildren(...data.cards.map((card) => draw(card, data.total, send)));
});
