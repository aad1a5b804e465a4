// A grid of cards with one tab stop: arrows, Home and End move inside it.

function answer(before, after) {
  const words = element("div", "words");
  const change = `${before.probability.toFixed(2)} → ${after.probability.toFixed(2)}`;
  words.append(element("span", "", after.words), element("span", "", change));
  const tracks = [before, after].map((bar) => track(bar.probability, bar.low, bar.high));
  tracks[0].classList.add("old");
  tracks[1].classList.add("new");
  const box = element("div");
  box.append(words, ...tracks);
  return box;
}

function withoutPicture() {
  return element("div", "frame without", "No image");
}

function picture(card) {
  if (!card.picture) return withoutPicture();
  const frame = element("div", "frame");
  const image = element("img");
  image.src = card.picture;
  image.alt = "";
  image.loading = "lazy";
  image.onerror = () => frame.replaceWith(withoutPicture());
  frame.append(image);
  return frame;
}

function spoken(card) {
  const changes = card.after.map(
    (bar, i) =>
      `${bar.words} ${card.before[i].probability.toFixed(2)} to ` +
      bar.probability.toFixed(2),
  );
  return `${card.iauname}, ${card.note}: ${changes.join(", ")}`;
}

function draw(card, open) {
  const link = element("a", "card");
  link.href = card.link;
  link.setAttribute("aria-label", spoken(card));
  const name = element("div", "name");
  name.append(element("b", "", card.iauname), element("span", "", card.note));
  const answers = element("div", "answers");
  answers.append(...card.after.map((bar, i) => answer(card.before[i], bar)));
  link.append(name, picture(card), answers);
  onPlainClick(link, () => open(card.iauname));
  return link;
}

function legend(data) {
  const box = element("div", "legend");
  box.append(element("span", "before", data.before), element("span", "after", data.after));
  return box;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".cards");
  box.setAttribute("aria-label", data.label);
  if (!changed(box, data)) return;
  const open = (iauname) => setTriggerValue("open", iauname);
  const links = data.cards.map((card) => draw(card, open));
  stopAt(links);
  box.onkeydown = (event) => moveStop(links, event, columnsOf(box));
  box.replaceChildren(legend(data), ...links);
}
