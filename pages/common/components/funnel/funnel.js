// Steps in a row, each with a bar of what remains; a button if it can be opened.

const LEAST = 0.004; // of the bar: a few galaxies of many are still to be seen

const written = (number) => number.toLocaleString("en");

function cell(title, left, total, tag) {
  const node = element(tag, "step");
  const bar = element("i");
  bar.style.width = left ? `${100 * Math.max(left / total, LEAST)}%` : 0;
  node.append(element("span", "", title), element("b", "", written(left)), bar);
  return node;
}

function item(node) {
  const box = element("div", "item");
  box.setAttribute("role", "listitem");
  box.append(node);
  return box;
}

function step(data, place, choose) {
  const { title, words, left, removed } = data.steps[place];
  const node = cell(title, left, data.total, data.choosing ? "button" : "div");
  const said = `${words}: removes ${written(removed)}, leaving ${written(left)}`;
  node.title = data.choosing ? `${said}. Show the removed galaxies` : said;
  if (data.choosing) {
    node.type = "button";
    node.setAttribute("aria-label", node.title);
    node.setAttribute("aria-expanded", data.chosen === place);
    node.onclick = () => choose(place);
  }
  return item(node);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const line = parentElement.querySelector(".funnel");
  if (!changed(line, data)) return;
  const focused = parentElement.querySelector(":focus");
  const place = focused ? [...line.querySelectorAll("button")].indexOf(focused) : -1;
  line.setAttribute("aria-label", "Steps of the selection");
  const choose = (chosen) => setTriggerValue("choose", chosen);
  const all = item(cell("All", data.total, data.total, "div"));
  line.replaceChildren(all, ...data.steps.map((_, i) => step(data, i, choose)));
  if (place >= 0) line.querySelectorAll("button")[place]?.focus();
}
