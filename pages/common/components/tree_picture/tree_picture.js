// Questions in columns by depth; bands from an answer to the questions it leads to.

const NARROW = 760; // pixels; below it the questions stand under one another
const WIDEST_BAND = 22;

function row(answer, hint, send) {
  const bar = track(answer.share ?? 0, answer.low, answer.high);
  const title = hint.replace("{}", answer.words);
  const onclick = () => send("choose", answer.label);
  const looks = { className: "answer", title, onclick };
  const button = element("button", looks, line(answer.words, answer.text), bar);
  button.dataset.label = answer.label;
  button.classList.toggle("largest", answer.largest);
  button.classList.toggle("active", answer.active);
  return button;
}

function card({ name, title, note, warning, muted, answers }, hint, send) {
  const head = element("div", "head", element("b", "", title), element("span", "", note));
  if (warning) head.append(element("span", "warning", warning));
  const looks = { className: "question", ariaLabel: `${title}, ${note}` };
  const rows = answers.map((answer) => row(answer, hint, send));
  const box = element("section", looks, head, ...rows);
  box.dataset.name = name;
  box.classList.toggle("muted", muted);
  return box;
}

function columns({ cards, hint }, send) {
  const nodes = [];
  for (const question of cards) {
    nodes[question.depth] ??= element("div", "column");
    nodes[question.depth].append(card(question, hint, send));
  }
  return nodes;
}

function band(tree, from, to, share) {
  const frame = tree.getBoundingClientRect();
  const start = from.getBoundingClientRect();
  const end = to.getBoundingClientRect();
  const x0 = from.closest(".question").getBoundingClientRect().right - frame.left;
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

export default function ({ data, parentElement, setTriggerValue }) {
  const tree = parentElement.querySelector(".tree_picture");
  tree.ariaLabel = data.label;
  tree.replaceChildren(tree.querySelector("svg"), ...columns(data, setTriggerValue));
  const arrange = () => {
    const around = tree.parentNode.host ?? tree.parentNode;
    tree.classList.toggle("narrow", around.clientWidth < NARROW);
    drawBands(tree, data.cards);
  };
  tree.onpointerover = tree.onfocusin = (event) =>
    light(tree, event.target.closest?.(".answer")?.dataset.label ?? "");
  tree.onpointerleave = tree.onfocusout = () => light(tree, "");
  const watcher = new ResizeObserver(arrange);
  watcher.observe(tree);
  arrange();
  return () => watcher.disconnect();
}
