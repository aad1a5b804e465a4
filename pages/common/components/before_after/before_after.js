// A grid of cards with one tab stop: arrows, Home and End move inside it.

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function track(bar, className) {
  const node = element("div", `track ${className}`);
  const fill = element("div", "fill");
  fill.style.width = `${100 * bar.probability}%`;
  node.append(fill);
  if (bar.low !== null && bar.high !== null) {
    const interval = element("div", "interval");
    interval.style.left = `${100 * bar.low}%`;
    interval.style.width = `${100 * (bar.high - bar.low)}%`;
    node.append(interval);
  }
  return node;
}

function answer(before, after) {
  const words = element("div", "words");
  const change = `${before.probability.toFixed(2)} → ${after.probability.toFixed(2)}`;
  words.append(element("span", "", after.words), element("span", "", change));
  const box = element("div");
  box.append(words, track(before, "old"), track(after, "new"));
  return box;
}

function withoutPicture() {
  return element("div", "frame without", "No picture");
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
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(card.iauname);
  };
  return link;
}

function legend(data) {
  const box = element("div", "legend");
  box.append(element("span", "before", data.before), element("span", "after", data.after));
  return box;
}

function moveFocus(box, event) {
  const links = [...box.querySelectorAll(".card")];
  const here = links.indexOf(event.target.closest(".card"));
  const columns = getComputedStyle(box).gridTemplateColumns.split(" ").length;
  const steps = {
    ArrowRight: here + 1,
    ArrowLeft: here - 1,
    ArrowDown: here + columns,
    ArrowUp: here - columns,
    Home: 0,
    End: links.length - 1,
  };
  if (here < 0 || !(event.key in steps)) return;
  event.preventDefault();
  event.stopPropagation();
  const there = links[steps[event.key]];
  if (!there) return;
  links[here].tabIndex = -1;
  there.tabIndex = 0;
  there.focus();
}

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".cards");
  box.setAttribute("aria-label", data.label);
  box.onkeydown = (event) => moveFocus(box, event);
  const signature = JSON.stringify(data);
  if (box.signature === signature) return;
  box.signature = signature;
  const open = (iauname) => setTriggerValue("open", iauname);
  const links = data.cards.map((card) => draw(card, open));
  links.forEach((link, i) => (link.tabIndex = i ? -1 : 0));
  box.replaceChildren(legend(data), ...links);
}
