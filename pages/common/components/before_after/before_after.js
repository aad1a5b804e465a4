// A grid of cards with one tab stop: arrows, Home and End move inside it.

const written = ({ probability }) => probability.toFixed(2);

function answer(before, after) {
  const tracks = [before, after].map((bar) => track(bar.probability, bar.low, bar.high));
  const change = `${written(before)} → ${written(after)}`;
  return element("div", "", line(after.words, change), ...tracks);
}

function spoken({ iauname, note, before, after }) {
  const changes = after.map(
    (bar, i) => `${bar.words} ${written(before[i])} to ${written(bar)}`,
  );
  return `${iauname}, ${note}: ${changes.join(", ")}`;
}

function draw(card, send) {
  const name = element("div", "name");
  name.append(element("b", "", card.iauname), element("span", "", card.note));
  const answers = card.after.map((bar, i) => answer(card.before[i], bar));
  const image = picture(card.picture, () => element("div", "without", "No image"));
  return link(
    { className: "card", href: card.link, ariaLabel: spoken(card) },
    () => send("open", card.iauname),
    name,
    element("div", "frame", image),
    element("div", "answers", ...answers),
  );
}

export default component((box, data, send) => {
  const links = data.cards.map((card) => draw(card, send));
  const names = ["before", "after"].map((name) => element("span", name, data[name]));
  stopAt(links);
  box.onkeydown = (event) => moveStop(links, event, columnsOf(box));
  box.replaceChildren(element("div", "legend", ...names), ...links);
});
