// Counts as buttons, shaded by their fraction of the row; dashed on the diagonal.

const DEEPEST = 62; // per cent of the accent colour: text stays legible on it

function head(data) {
  const row = element("tr");
  const whose = element("th", "whose");
  whose.append(element("b", "", data.rows), " ↓");
  row.append(whose);
  for (const name of data.names) {
    const cell = element("th", "", name);
    cell.scope = "col";
    row.append(cell);
  }
  const box = element("thead");
  box.append(row);
  return box;
}

function button(data, i, j, total, choose) {
  const count = data.counts[i][j];
  const share = total ? count / total : 0;
  const node = element("button", i === j ? "same" : "");
  node.type = "button";
  node.append(element("b", "", count.toLocaleString("en")));
  if (total) node.append(`${(100 * share).toFixed(share && share < 0.1 ? 1 : 0)}%`);
  node.style.setProperty("--share", `${(DEEPEST * share).toFixed(1)}%`);
  const chosen = data.chosen && data.chosen[0] === i && data.chosen[1] === j;
  node.setAttribute("aria-pressed", Boolean(chosen));
  node.setAttribute(
    "aria-label",
    `${count} galaxies, ${data.names[i]} in ${data.rows}, ` +
      `${data.names[j]} in ${data.columns}`,
  );
  node.disabled = count === 0;
  node.onclick = () => choose([i, j]);
  return node;
}

function body(data, choose) {
  const box = element("tbody");
  data.counts.forEach((counts, i) => {
    const row = element("tr");
    const name = element("th", "", data.names[i]);
    name.scope = "row";
    row.append(name);
    const total = counts.reduce((sum, count) => sum + count, 0);
    counts.forEach((_, j) => {
      const cell = element("td");
      cell.append(button(data, i, j, total, choose));
      row.append(cell);
    });
    box.append(row);
  });
  return box;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const table = parentElement.querySelector("table");
  const again = table.signature !== undefined && parentElement.querySelector(":focus");
  if (!changed(table, data)) return;
  const place = again ? [...table.querySelectorAll("button")].indexOf(again) : -1;
  table.setAttribute("aria-label", data.label);
  const caption = element("caption");
  caption.append(element("b", "", data.columns), " →");
  const choose = (cell) => setTriggerValue("choose", cell);
  table.replaceChildren(caption, head(data), body(data, choose));
  if (place >= 0) table.querySelectorAll("button")[place]?.focus();
}
