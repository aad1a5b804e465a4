// Counts as buttons, shaded by their fraction of the row; dashed on the diagonal.

const DEEPEST = 62; // per cent of the accent colour: text stays legible on it

function head(data) {
  const whose = element("th", "whose", element("b", "", data.rows), " ↓");
  const names = data.names.map((name) => element("th", { scope: "col" }, name));
  return element("thead", "", element("tr", "", whose, ...names));
}

function cell(data, i, j, total, send) {
  const count = data.counts[i][j];
  const share = total ? count / total : 0;
  const names = `${data.names[i]} in ${data.rows}, ${data.names[j]} in ${data.columns}`;
  const looks = {
    className: i === j ? "same" : "",
    ariaPressed: data.chosen?.[0] === i && data.chosen[1] === j,
    ariaLabel: `${count} galaxies, ${names}`,
    disabled: count === 0,
    onclick: () => send("choose", [i, j]),
  };
  const node = element("button", looks, element("b", "", count.toLocaleString("en")));
  if (total) node.append(`${(100 * share).toFixed(share && share < 0.1 ? 1 : 0)}%`);
  node.style.setProperty("--share", `${(DEEPEST * share).toFixed(1)}%`);
  return element("td", "", node);
}

function row(data, i, send) {
  const total = data.counts[i].reduce((sum, count) => sum + count, 0);
  const cells = data.counts[i].map((_, j) => cell(data, i, j, total, send));
  return element("tr", "", element("th", { scope: "row" }, data.names[i]), ...cells);
}

export default component((table, data, send) => {
  const caption = element("caption", "", element("b", "", data.columns), " →");
  const rows = data.counts.map((_, i) => row(data, i, send));
  replaceContent(table, caption, head(data), element("tbody", "", ...rows));
});
