// Rows with one tab stop: arrows, Home and End move between them, Enter chooses.

function colours(root) {
  const names = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors");
  return names.split(",").map((name) => name.trim());
}

function coloured(node, palette, i) {
  node.style.setProperty("--colour", palette[i % palette.length]);
  return node;
}

// Neighbouring whiskers alternate in height, because they may overlap.
function whisker([low, high], i) {
  const line = element("i", "border");
  line.style.left = `${100 * low}%`;
  line.style.width = `${100 * (high - low)}%`;
  line.style.top = i % 2 ? "70%" : "32%";
  return line;
}

function stacked(bar, palette, className) {
  const parts = bar.shares.map((share, i) => {
    const part = coloured(element("div", "part"), palette, i);
    part.style.width = `${100 * share}%`;
    return part;
  });
  return element("div", `bar ${className}`, ...parts, ...bar.borders.map(whisker));
}

function texts({ answers, bars }) {
  const fractions = (i) => bars.map((bar) => bar.shares[i].toFixed(2)).join(" → ");
  return bars.length ? answers.map((answer, i) => `${answer} ${fractions(i)}`) : [];
}

function words(row, palette) {
  const last = row.bars.at(-1)?.shares ?? [];
  const most = Math.max(...last);
  const spans = texts(row).map((text, i) =>
    coloured(element("span", last[i] === most ? "most" : "", text), palette, i),
  );
  return element("div", "words", ...spans);
}

function draw(row, chosen, palette, send) {
  const title = element("div", "title");
  title.append(element("b", "", row.title), element("span", "", row.note));
  if (row.warning) title.append(element("span", "warning", row.warning));
  const classes = row.bars.length > 1 ? ["two before", "two after"] : [""];
  const bars = row.bars.map((bar, i) => stacked(bar, palette, classes[i]));
  const looks = {
    className: row.muted ? "row muted" : "row",
    ariaPressed: row.name === chosen,
    ariaLabel: `${row.title}, ${row.note}: ${texts(row).join(", ") || "unknown"}`,
    onclick: () => send("choose", row.name),
  };
  const right = element("div", "", element("div", "bars", ...bars), words(row, palette));
  return element("button", looks, title, right);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("[role]");
  const palette = colours(root);
  if (!changed(root, [data, palette])) return;
  root.ariaLabel = data.label;
  const rows = data.rows.map((row) => draw(row, data.chosen, palette, setTriggerValue));
  root.onkeydown = (event) => moveStop(rows, event);
  replaceContent(root, ...rows);
  if (data.bars.length > 1) {
    const legend = `Upper, paler bar: ${data.bars[0]}. Lower bar: ${data.bars[1]}.`;
    root.prepend(element("div", "legend", legend));
  }
  stopAt(rows, rows.find((row) => row.matches(":focus")));
}
