// Steps in a row, each with a bar of what remains; a button if it can be opened.

const LEAST = 0.004; // of the bar: a few galaxies of many are still to be seen

const written = (number) => number.toLocaleString("en");

function item(node, title, left, total) {
  const bar = element("i");
  bar.style.width = left ? `${100 * Math.max(left / total, LEAST)}%` : 0;
  node.append(element("span", "", title), element("b", "", written(left)), bar);
  return element("div", { className: "item", role: "listitem" }, node);
}

function step(data, index, send) {
  const { title, words, left, removed } = data.steps[index];
  const node = element(data.choosing ? "button" : "div", "step");
  node.title = `${words}: removes ${written(removed)}, leaving ${written(left)}`;
  if (data.choosing) {
    node.title += ". Show the removed galaxies";
    node.ariaLabel = node.title;
    node.ariaExpanded = data.chosen === index;
    node.onclick = () => send("choose", index);
  }
  return item(node, title, left, data.total);
}

function drawAll(root, data, send) {
  const all = item(element("div", "step"), "All", data.total, data.total);
  replaceContent(root, all, ...data.steps.map((_, i) => step(data, i, send)));
}

// The steps that the browser counts while a slider is moved (components/sliders).
function following({ total, steps }) {
  const titled = ({ short, words, left }, i) => {
    const removed = (i ? steps[i - 1].left : total) - left;
    return { title: short, words, left, removed };
  };
  return { total, choosing: false, steps: steps.map(titled) };
}

const drawFunnel = component((root, data, send) => {
  drawAll(root, data, send);
  root.ours = () => drawAll(root, data, send);
  if (root.follows) return;
  root.follows = (event) => {
    if (!root.isConnected) window.removeEventListener("morph-live", root.follows);
    else if (event.detail) drawAll(root, following(event.detail), send);
    else root.ours();
  };
  window.addEventListener("morph-live", root.follows);
});

export default drawFunnel;
