// One tab stop for many nodes: arrows, Home and End move inside.

function columnsOf(grid) {
  return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
}

// Without `columns` the nodes are one column.
function moveStop(nodes, event, columns = 0) {
  const here = nodes.findIndex((node) => node.contains(event.target));
  const steps = {
    ArrowDown: here + (columns || 1),
    ArrowUp: here - (columns || 1),
    ...(columns && { ArrowRight: here + 1, ArrowLeft: here - 1 }),
    Home: 0,
    End: nodes.length - 1,
  };
  if (here < 0 || !(event.key in steps)) return;
  event.preventDefault();
  event.stopPropagation();
  const there = nodes[steps[event.key]];
  if (!there) return;
  nodes[here].tabIndex = -1;
  there.tabIndex = 0;
  there.focus();
}

function stopAt(nodes, first = nodes[0]) {
  for (const node of nodes) node.tabIndex = node === first ? 0 : -1;
}
