// A plane of galaxies in which to pan, zoom and draw; it reports geometry only.

const NEAR = 12; // pixels within which a pointer means a point
const STILL = 4; // pixels a pointer may move in a click
const MOST_CORNERS = 200;
const TOOLS = { lasso: "Lasso", box: "Box", move: "Pan" };

function decoded(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Kind(bytes.buffer);
}

function pictureAt(address, draw) {
  const image = new Image();
  image.onload = draw;
  image.src = address;
  return image;
}

function unpack(plane, points) {
  if (!points) return null;
  const kind = decoded(points.kind, Uint8Array);
  const colours = points.stops ? binColours(points.stops) : points.colours;
  // Drawn in a fixed random order, so that no class always lies above another.
  const order = Uint32Array.from(kind.keys());
  let seed = 1;
  for (let i = order.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const other = seed % (i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return {
    ...points,
    x: decoded(points.x, Float32Array),
    y: decoded(points.y, Float32Array),
    value: points.value && decoded(points.value, Float32Array),
    pictured: points.pictured && decoded(points.pictured, Uint8Array),
    kind,
    colours,
    order,
    shaped: !points.stops,
  };
}

function makePlane(root) {
  const plane = {
    root,
    base: root.querySelector(".base"),
    over: root.querySelector(".over"),
    tip: root.querySelector(".tip"),
    tool: "lasso",
    solo: null,
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
  const before = plane.view && { ...plane.view, times: plane.view.across / plane.whole.across };
  plane.frame = frameOf(width, height, plane.scene.axes);
  plane.whole = wholeView(plane.scene.window, plane.frame, plane.scene.equal);
  plane.view = plane.whole;
  if (before) {
    const closer = { across: plane.whole.across * before.times, up: plane.whole.up * before.times };
    plane.view = within(plane.whole, plane.frame, { x: before.x, y: before.y, ...closer });
  }
  offerRefine(plane);
  plane.draw();
}

function show(plane, scene) {
  const old = plane.scene;
  plane.scene = scene;
  plane.over.setAttribute("aria-label", scene.label);
  plane.root.style.setProperty("--plane-height", `${scene.height}px`);
  plane.root.classList.toggle("bare", !scene.tools);
  if (old?.picture?.image !== scene.picture?.image)
    plane.picture = scene.picture && {
      window: scene.picture.window,
      image: pictureAt(scene.picture.image, plane.draw),
    };
  if (JSON.stringify(old?.points) !== JSON.stringify(scene.points)) {
    plane.points = unpack(plane, scene.points);
    plane.solo = null;
  }
  if (JSON.stringify(old?.landmarks) !== JSON.stringify(scene.landmarks))
    plane.landmarks = scene.landmarks.map((mark) => ({
      ...mark,
      image: pictureAt(mark.picture, plane.draw),
    }));
  if (JSON.stringify(old?.window) !== JSON.stringify(scene.window)) plane.view = null;
  drawLegend(plane);
  fit(plane);
}

export default function (component) {
  const root = component.parentElement.querySelector(".plane");
  root.plane ??= makePlane(root);
  root.plane.send = component.setTriggerValue;
  show(root.plane, component.data);
}
