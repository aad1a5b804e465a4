// Pointer and keyboard control of a plane.

const ZOOMS = [
  ["+", "Zoom in", 1.6],
  ["−", "Zoom out", 1 / 1.6],
  ["Reset", "Reset the zoom", 1e-9],
];
const ZOOM_KEYS = { "+": 1.6, "=": 1.6, "-": 1 / 1.6, 0: 1e-9 };
const PAN_KEYS = {
  ArrowLeft: [40, 0],
  ArrowRight: [-40, 0],
  ArrowUp: [0, 40],
  ArrowDown: [0, -40],
};

function makeTools(plane) {
  const tools = Object.entries(TOOLS).map(([tool, words]) => {
    const onclick = () => choose(plane, (plane.wanted = tool));
    const button = element("button", { onclick }, words);
    button.dataset.tool = tool;
    return button;
  });
  const zooms = ZOOMS.map(([words, title, factor]) => {
    const onclick = () => zoomBy(plane, factor);
    return element("button", { title, ariaLabel: title, onclick }, words);
  });
  const title = "Redraw points and density for the part shown";
  const onclick = () => plane.send("refine", shown(plane.view, plane.frame));
  const refine = { className: "refine", title, onclick };
  plane.refine = element("button", refine, "Refine this part");
  const groups = [tools, zooms].map((buttons) => element("div", "group", ...buttons));
  plane.root.querySelector(".tools").append(...groups, plane.refine);
}

function choose(plane, tool) {
  plane.tool = tool;
  for (const button of plane.root.querySelectorAll("[data-tool]"))
    button.ariaPressed = button.dataset.tool === tool;
  plane.over.dataset.using = tool;
}

function zoomBy(plane, factor, [px, py] = middleOf(plane.frame)) {
  plane.view = zoomed(plane.view, plane.whole, plane.frame, factor, px, py);
  plane.tip.hidden = true;
  offerRefine(plane);
  plane.draw();
}

function offerRefine(plane) {
  plane.refine.hidden = !plane.scene.refines;
  plane.refine.disabled = plane.view.across <= 1.15 * plane.whole.across;
}

function place(plane, event) {
  const box = plane.over.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function listen(plane) {
  const { over } = plane;
  over.onpointerdown = (event) => {
    if (event.button || !plane.frame) return;
    over.setPointerCapture(event.pointerId);
    plane.tip.hidden = true;
    plane.drawn = [place(plane, event)];
    plane.dragged = false;
  };
  over.onpointermove = (event) => {
    if (plane.frame) (plane.drawn ? drag : hover)(plane, place(plane, event));
  };
  over.onpointerup = (event) => finish(plane, event);
  over.onpointercancel = () => abandon(plane);
  over.onpointerenter = () => known(plane);
  over.onpointerleave = () => {
    plane.pointer = plane.hovered = null;
    plane.tip.hidden = true;
    drawOver(plane);
  };
  over.onwheel = (event) => {
    if (plane.scene.fixed) return;
    event.preventDefault();
    zoomBy(plane, Math.exp(-event.deltaY / 400), place(plane, event));
  };
  over.onkeydown = (event) => onKey(plane, event);
  over.onfocus = over.onblur = () => drawOver(plane);
}

function drag(plane, at) {
  const [first, last] = [plane.drawn[0], plane.drawn.at(-1)];
  plane.dragged ||= Math.hypot(at[0] - first[0], at[1] - first[1]) > STILL;
  if (plane.tool === "move") {
    plane.view = moved(plane.view, plane.whole, plane.frame, at[0] - last[0], at[1] - last[1]);
    plane.drawn.push(at);
    plane.draw();
    return;
  }
  if (plane.tool === "none") return;
  if (plane.tool === "box") plane.drawn = [first, at];
  else if (Math.hypot(at[0] - last[0], at[1] - last[1]) > 2) plane.drawn.push(at);
  drawOver(plane);
}

function finish(plane, event) {
  const { drawn, dragged, tool } = plane;
  abandon(plane);
  if (!drawn) return;
  if (!dragged) click(plane, drawn[0]);
  else if (tool === "lasso" || tool === "box") enclose(plane, corners(drawn, tool), modeOf(event));
}

function abandon(plane) {
  plane.drawn = null;
  offerRefine(plane);
  drawOver(plane);
}

// A box has the corners of its diagonal; a long lasso is thinned evenly.
function corners(drawn, tool) {
  if (tool === "box") {
    const [[left, top], [right, bottom]] = drawn;
    return [[left, bottom], [right, bottom], [right, top], [left, top]];
  }
  const every = Math.ceil(drawn.length / MOST_CORNERS);
  return drawn.filter((_, i) => i % every === 0);
}

function modeOf(event) {
  if (event.shiftKey) return event.altKey ? "intersect" : "add";
  return event.altKey ? "remove" : null;
}

function enclose(plane, pixels, mode) {
  if (pixels.length < 3) return;
  const points = pixels.map(([px, py]) => toPlane(plane.view, plane.frame, px, py));
  const digits = (value) => Number(value.toPrecision(8));
  plane.send("lasso", {
    x: points.map(([x]) => digits(x)),
    y: points.map(([, y]) => digits(y)),
    mode,
  });
}

// Where nothing can be opened, what is there is told.
function click(plane, [px, py]) {
  if (!plane.scene.clicks) {
    hover(plane, [px, py]);
    return;
  }
  const [x, y] = toPlane(plane.view, plane.frame, px, py);
  const reach = plane.landmarkSide / 2;
  const mark = plane.landmarks.findLast((one) => {
    const [mx, my] = landmarkPlace(plane, one.x, one.y);
    return Math.max(Math.abs(mx - px), Math.abs(my - py)) < reach;
  });
  plane.send("click", {
    x,
    y,
    dx: NEAR / plane.view.across,
    dy: NEAR / plane.view.up,
    name: mark?.name ?? null,
  });
}

function onKey(plane, event) {
  if (event.key in PAN_KEYS) {
    plane.view = moved(plane.view, plane.whole, plane.frame, ...PAN_KEYS[event.key]);
    plane.draw();
  } else if (event.key in ZOOM_KEYS) zoomBy(plane, ZOOM_KEYS[event.key]);
  else if (event.key === "Escape") abandon(plane);
  else if (event.key === "Enter") click(plane, middleOf(plane.frame));
  else return;
  event.preventDefault();
  event.stopPropagation();
}
