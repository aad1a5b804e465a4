// Rows with one tab stop: arrows, Home and End move between them, Enter chooses.

function colours(root) {
  const names = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors");
  return names.split(",").map((name) => name.trim());
}

// Neighbouring whiskers alternate in height, because they may overlap.
function whisker([low, high], place) {
  const line = element("i", "border");
  line.style.left = `${100 * low}%`;
  line.style.width = `${100 * (high - low)}%`;
  line.style.top = place % 2 ? "70%" : "32%";
  return line;
}

function stacked(bar, palette, className) {
  const box = element("div", `bar ${className}`);
  bar.shares.forEach((share, i) => {
    const part = element("div", "part");
    part.style.width = `${100 * share}%`;
    part.style.setProperty("--colour", palette[i % palette.length]);
    box.append(part);
  });
  box.append(...bar.borders.map(whisker));
  return box;
}

function written(bars, i) {
  return bars.map((bar) => bar.shares[i].toFixed(2)).join(" → ");
}

function words(row, palette) {
  const box = element("div", "words");
  const last = row.bars.at(-1)?.shares ?? [];
  row.answers.forEach((answer, i) => {
    if (!row.bars.length) return;
    const text = `${answer} ${written(row.bars, i)}`;
    const one = element("span", last[i] === Math.max(...last) ? "most" : "", text);
    one.style.setProperty("--colour", palette[i % palette.length]);
    box.append(one);
  });
  return box;
}

function spoken(row) {
  const said = row.answers.map((answer, i) => `${answer} ${written(row.bars, i)}`);
  return `${row.title}, ${row.note}: ${row.bars.length ? said.join(", ") : "unknown"}`;
}

function draw(row, chosen, palette, choose) {
  const button = element("button", "row");
  button.type = "button";
  button.dataset.name = row.name;
  button.classList.toggle("muted", row.muted);
  button.setAttribute("aria-pressed", String(row.name === chosen));
  button.setAttribute("aria-label", spoken(row));
  const title = element("div", "title");
  title.append(element("b", "", row.title), element("span", "", row.note));
  if (row.warning) title.append(element("span", "warning", row.warning));
  const bars = element("div", "bars");
  const two = row.bars.length > 1;
  row.bars.forEach((bar, i) => {
    const className = two ? `two ${i ? "after" : "before"}` : "";
    bars.append(stacked(bar, palette, className));
  });
  const right = element("div");
  right.append(bars, words(row, palette));
  button.append(title, right);
  button.onclick = () => choose(row.name);
  return button;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".rows");
  const palette = colours(root);
  if (!changed(root, [data, palette])) return;
  const focused = root.querySelector(".row:focus")?.dataset.name;
  root.setAttribute("aria-label", data.label);
  const choose = (name) => setTriggerValue("choose", name);
  const rows = data.rows.map((row) => draw(row, data.chosen, palette, choose));
  root.onkeydown = (event) => moveStop(rows, event);
  root.replaceChildren(...rows);
  if (data.bars.length > 1) {
    const legend = `Upper, paler bar: ${data.bars[0]}. Lower bar: ${data.bars[1]}.`;
    root.prepend(element("div", "legend", legend));
  }
  const stop = rows.find((row) => row.dataset.name === focused) ?? rows[0];
  stopAt(rows, stop);
  if (focused) stop.focus();
}
