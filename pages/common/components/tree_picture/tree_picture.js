// Cards in columns by depth; bands from an answer to the questions it leads to.

const NARROW = 760; // pixels; below it the cards stand under one another
const WIDEST_BAND = 22;

function row(answer, hint, choose) {
  const button = element("button", "answer");
  button.type = "button";
  button.dataset.label = answer.label;
  button.title = hint.replace("{}", answer.words);
  button.classList.toggle("largest", answer.largest);
  button.classList.toggle("active", answer.active);
  const words = element("div", "words");
  words.append(element("span", "", answer.words), element("span", "", answer.text));
  button.append(words, track(answer.share ?? 0, answer.low, answer.high));
  button.onclick = () => choose(answer.label);
  return button;
}

function card(question, hint, choose) {
  const box = element("section", "card");
  box.dataset.name = question.name;
  box.setAttribute("aria-label", `${question.title}, ${question.note}`);
  box.classList.toggle("muted", question.muted);
  const head = element("div", "head");
  head.append(element("b", "", question.title), element("span", "", question.note));
  if (question.warning) head.append(element("span", "warning", question.warning));
  box.append(head, ...question.answers.map((answer) => row(answer, hint, choose)));
  return box;
}

function columns(cards, hint, choose) {
  const found = [];
  for (const question of cards) {
    found[question.depth] ??= element("div", "column");
    found[question.depth].append(card(question, hint, choose));
  }
  return found;
}

function band(tree, from, to, share) {
  const frame = tree.getBoundingClientRect();
  const start = from.getBoundingClientRect();
  const end = to.getBoundingClientRect();
  const x0 = from.closest(".card").getBoundingClientRect().right - frame.left;
  const x1 = end.left - frame.left;
  const y0 = start.top + start.height / 2 - frame.top;
  const y1 = end.top + 20 - frame.top;
  const middle = (x0 + x1) / 2;
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`);
  path.setAttribute("stroke-width", Math.max(1.5, WIDEST_BAND * share));
  path.dataset.from = from.dataset.label;
  return path;
}

function drawBands(tree, cards) {
  const svg = tree.querySelector("svg");
  const paths = [];
  for (const question of cards) {
    const to = tree.querySelector(`[data-name="${question.name}"]`);
    question.asked_after.forEach((label, i) => {
      const from = tree.querySelector(`[data-label="${label}"]`);
      paths.push(band(tree, from, to, question.bands[i]));
    });
  }
  svg.replaceChildren(...paths);
}

function light(tree, label) {
  for (const path of tree.querySelectorAll("path")) {
    path.classList.toggle("lit", path.dataset.from === label);
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const tree = parentElement.querySelector(".tree");
  const svg = tree.querySelector("svg");
  const choose = (label) => setTriggerValue("choose", label);
  tree.setAttribute("role", "group");
  tree.setAttribute("aria-label", data.label);
  tree.replaceChildren(svg, ...columns(data.cards, data.hint, choose));
  const arrange = () => {
    const narrow = tree.parentNode.host
      ? tree.parentNode.host.clientWidth < NARROW
      : tree.parentNode.clientWidth < NARROW;
    tree.classList.toggle("narrow", narrow);
    drawBands(tree, data.cards);
  };
  const over = (event) =>
    light(tree, event.target.closest?.(".answer")?.dataset.label ?? "");
  tree.onpointerover = tree.onfocusin = over;
  tree.onpointerleave = tree.onfocusout = () => light(tree, "");
  const watcher = new ResizeObserver(arrange);
  watcher.observe(tree);
  arrange();
  return () => watcher.disconnect();
}
