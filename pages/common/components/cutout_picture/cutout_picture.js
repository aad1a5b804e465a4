// One image, or two: blinking by key, button or timer, or side by side.

const EVERY_MS = 700;
const NO_KEYS = "input, textarea, select, [contenteditable]";

function failed(image) {
  const box = element("div", "failed");
  box.append(element("span", "", "The image failed to load."));
  const again = element("button", "", "Try again");
  again.type = "button";
  again.onclick = () => {
    const address = new URL(image.src);
    address.searchParams.set("again", Date.now());
    image.src = address;
    box.replaceWith(image);
  };
  box.append(again);
  return box;
}

function scaleBar(picture) {
  const bar = element("div", "bar");
  bar.style.width = `${100 * picture.share}%`;
  bar.append(element("span", "", picture.bar), element("i"));
  return bar;
}

function compass() {
  const box = element("div", "compass");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", "North is up, east is left");
  box.append(element("span", "", "N"), element("span", "", "E"));
  return box;
}

function figure(picture) {
  const box = element("figure", picture.crisp ? "crisp" : "");
  const image = element("img");
  image.alt = picture.alt;
  image.onerror = () => image.replaceWith(failed(image));
  image.src = picture.url;
  box.append(image, scaleBar(picture), compass());
  if (picture.title) box.append(element("div", "title", picture.title));
  return box;
}

function button(text, title, press) {
  const node = element("button", "", text);
  node.type = "button";
  node.title = title;
  node.onclick = press;
  return node;
}

// Which of two figures is on top; both stay loaded.
function blinker(root, figures, titles) {
  const say = element("span", "said");
  say.setAttribute("role", "status");
  say.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden";
  const show = (place) => {
    root.above = place;
    figures.forEach((one, i) => one.classList.toggle("under", i !== place));
  };
  const change = () => {
    show(1 - root.above);
    say.textContent = titles[root.above];
  };
  const auto = button("Auto-blink", "Switch every 0.7 seconds", () => {
    const stop = root.clock;
    clearInterval(root.clock);
    root.clock = stop ? null : setInterval(() => show(1 - root.above), EVERY_MS);
    auto.setAttribute("aria-pressed", String(!stop));
  });
  auto.setAttribute("aria-pressed", "false");
  show(Math.min(root.above ?? 0, 1));
  const tools = element("div", "tools");
  tools.append(button("Blink (B)", "Show the other image", change), auto, say);
  return { tools, change };
}

function listen(root, change) {
  if (root.onKey) document.removeEventListener("keydown", root.onKey);
  root.onKey = (event) => {
    if (event.key.toLowerCase() !== "b" || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath()[0].closest?.(NO_KEYS)) return;
    change();
  };
  document.addEventListener("keydown", root.onKey);
}

function stop(root) {
  clearInterval(root.clock);
  root.clock = null;
  if (root.onKey) document.removeEventListener("keydown", root.onKey);
  root.onKey = null;
}

function draw(root, data) {
  stop(root);
  root.setAttribute("aria-label", data.label);
  root.classList.toggle("beside", data.beside);
  const figures = data.pictures.map(figure);
  const stage = element("div", "stage");
  stage.append(...figures);
  root.replaceChildren(stage);
  if (figures.length < 2 || data.beside) return;
  const titles = data.pictures.map((picture) => picture.title);
  const { tools, change } = blinker(root, figures, titles);
  root.append(tools);
  listen(root, change);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".cutouts");
  if (changed(root, data)) draw(root, data);
  return () => {
    stop(root);
    root.signature = null;
  };
}
