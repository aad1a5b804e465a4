// One image, or two: blinking by key, button or timer, or side by side.

const EVERY_MS = 700;
const NO_KEYS = "input, textarea, select, [contenteditable]";

function failed(image) {
  const retry = () => {
    const address = new URL(image.src);
    address.searchParams.set("again", Date.now());
    image.src = address;
    box.replaceWith(image);
  };
  const button = element("button", { onclick: retry }, "Try again");
  const text = element("span", "", "The image failed to load.");
  const box = element("div", "failed", text, button);
  return box;
}

function compass() {
  const ariaLabel = "North is up, east is left";
  const letters = ["N", "E"].map((letter) => element("span", "", letter));
  return element("div", { className: "compass", role: "img", ariaLabel }, ...letters);
}

function figure(picture) {
  const image = element("img", { alt: picture.alt, src: picture.url });
  image.onerror = () => image.replaceWith(failed(image));
  const parts = [image, ...(picture.bar ? [scaleBar(picture), compass()] : [])];
  if (picture.title) parts.push(element("div", "title", picture.title));
  return element("figure", picture.crisp ? "crisp" : "", ...parts);
}

// Which of two figures is on top; both stay loaded.
function blinker(root, figures, titles) {
  const status = element("span", { className: "unseen", role: "status" });
  const show = (index) => {
    root.above = index;
    figures.forEach((one, i) => one.classList.toggle("under", i !== index));
  };
  const change = () => {
    show(1 - root.above);
    status.textContent = titles[root.above];
  };
  const blink = { title: "Show the other image", onclick: change };
  const auto = element("button", { title: "Switch every 0.7 seconds" }, "Auto-blink");
  auto.ariaPressed = false;
  auto.onclick = () => {
    const stop = root.clock;
    clearInterval(root.clock);
    root.clock = stop ? null : setInterval(() => show(1 - root.above), EVERY_MS);
    auto.ariaPressed = !stop;
  };
  show(Math.min(root.above ?? 0, 1));
  const button = element("button", blink, "Blink (B)");
  return { tools: element("div", "tools", button, auto, status), change };
}

function listen(root, change) {
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
  root.ariaLabel = data.label;
  root.classList.toggle("beside", data.beside);
  root.classList.toggle("large", data.large);
  const figures = data.pictures.map(figure);
  root.replaceChildren(element("div", "stage", ...figures));
  if (figures.length < 2 || data.beside) return;
  const titles = data.pictures.map((picture) => picture.title);
  const { tools, change } = blinker(root, figures, titles);
  root.append(tools);
  listen(root, change);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("[role]");
  if (changed(root, data)) draw(root, data);
  return () => {
    stop(root);
    root.signature = null;
  };
}
