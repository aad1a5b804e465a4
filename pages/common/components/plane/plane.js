// A plane of galaxies in which to pan, zoom and draw; it reports geometry only.

const NEAR = 12; // pixels within which a pointer means a point
const STILL = 4; // pixels a pointer may move in a click
const MOST_CORNERS = 200;
const TOOLS = { lasso: "Lasso", box: "Box", move: "Pan" };

function pictureAt(address, draw) {
  return element("img", { onload: draw, src: address });
}

// The points with their colours, and the order in which they are drawn.
function arranged(points) {
  const { kind } = points;
  const colours = points.stops
    ? [...binColours(points.stops), "faint"] // the last one of unknown values
    : points.colours;
  // Drawn in a fixed random order, so that no class always lies above another.
  const order = Uint32Array.from(kind.keys());
  let seed = 1;
  for (let i = order.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const other = seed % (i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  if (points.stops) order.sort((a, b) => (kind[b] === BINS) - (kind[a] === BINS));
  return { ...points, colours, order, shaped: !points.stops };
}

function makePlane(root) {
  const plane = {
    root,
    base: root.querySelector(".base"),
    over: root.querySelector(".over"),
    tip: root.querySelector(".tip"),
    tool: "none",
    wanted: "lasso", // once the plane can be drawn on
    solo: null,
    lines: [],
    landmarks: [],
    landmarkSide: 40,
    drawn: null,
    waiting: false,
  };
  plane.pixel = (x, y) => toPixel(plane.view, plane.frame, x, y);
  plane.draw = () => {
    if (plane.waiting || !plane.frame) return;
    plane.waiting = true;
    requestAnimationFrame(() => {
      plane.waiting = false;
      if (!plane.base.clientWidth) return; // the page has been left meanwhile
      plane.colours = coloursOf(root);
      drawScene(plane.base, plane);
      drawOver(plane);
    });
  };
  makeTools(plane);
  listen(plane);
  new ResizeObserver(() => fit(plane)).observe(plane.base);
  return plane;
}

function fit(plane) {
  const { clientWidth: width, clientHeight: height } = plane.base;
  if (!width || !plane.scene) return;
  for (const canvas of [plane.base, plane.over]) {
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
  }
  const { view: before, whole: wholeBefore } = plane;
  const { window, axes, equal, cropped: crops } = plane.scene;
  const all = frameOf(width, height, axes);
  const frame = (plane.frame = crops && equal ? cropped(all, window) : all);
  const whole = (plane.whole = wholeView(window, frame, equal));
  plane.view = whole;
  if (before) {
    const times = before.across / wholeBefore.across;
    const closer = { across: whole.across * times, up: whole.up * times };
    plane.view = within(whole, frame, { ...before, ...closer });
  }
  offerRefine(plane);
  plane.draw();
}

function show(plane, scene) {
  const old = plane.scene;
  const isNew = (part) => JSON.stringify(old?.[part]) !== JSON.stringify(scene[part]);
  plane.scene = scene;
  plane.over.ariaLabel = scene.label;
  plane.root.style.setProperty("--plane-height", `${scene.height}px`);
  plane.root.classList.toggle("bare", !scene.tools);
  choose(plane, scene.draws ? plane.wanted : "none");
  if (isNew("picture"))
    plane.picture = scene.picture && {
      window: scene.picture.window,
      image: pictureAt(new URL(scene.picture.at, location.origin), plane.draw),
    };
  if (!scene.cells) plane.cells = forgotten(plane, "cells");
  else if (isNew("cells")) load(plane, "cells", () => loadCells(plane, scene.cells));
  if (isNew("points") || isNew("window")) {
    if (!scene.points) plane.points = forgotten(plane, "points");
    else load(plane, "points", () => loadPoints(plane, scene.points, scene.window));
    plane.solo = null;
  }
  if (scene.vertices) load(plane, "lines", () => loadLines(plane, scene));
  else {
    forgotten(plane, "lines");
    plane.lines = scene.lines;
  }
  if (isNew("landmarks"))
    plane.landmarks = scene.landmarks.map((mark) => ({
      ...mark,
      image: pictureAt(mark.picture, plane.draw),
    }));
  if (isNew("window")) plane.view = null;
  drawLegend(plane);
  fit(plane);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".plane");
  root.plane ??= makePlane(root);
  root.plane.send = setTriggerValue;
  show(root.plane, data);
}
