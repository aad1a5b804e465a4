// The layers of a plane on its canvas, from the picture below to the labels above.

const BINS = 48; // colours of a continuous scale
const SHAPES = [
  (pen, r) => pen.arc(0, 0, r, 0, 2 * Math.PI),
  (pen, r) => polygon(pen, r * 1.25, 3, -Math.PI / 2),
  (pen, r) => pen.rect(-r * 0.88, -r * 0.88, r * 1.76, r * 1.76),
  (pen, r) => polygon(pen, r * 1.2, 4, 0),
  (pen, r) => star(pen, r * 1.45, 5),
  (pen, r) => cross(pen, r * 1.2, r * 0.42),
  (pen, r) => polygon(pen, r * 1.25, 3, Math.PI / 2),
  (pen, r) => star(pen, r * 1.5, 4),
];

// Every second corner may be nearer to the centre.
function polygon(pen, r, corners, first, inner = r) {
  for (let i = 0; i < corners; i++) {
    const angle = first + (2 * Math.PI * i) / corners;
    const reach = i % 2 ? inner : r;
    pen[i ? "lineTo" : "moveTo"](reach * Math.cos(angle), reach * Math.sin(angle));
  }
  pen.closePath();
}

function star(pen, r, rays) {
  polygon(pen, r, 2 * rays, -Math.PI / 2, r * 0.45);
}

function cross(pen, r, half) {
  pen.rect(-r, -half, 2 * r, 2 * half);
  pen.rect(-half, -r, 2 * half, 2 * r);
}

// The theme's colours by name, so that the same scene serves light and dark.
function coloursOf(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const text = read("text-color");
  return {
    text,
    background: read("background-color"),
    accent: read("primary-color"),
    red: read("red-text-color"),
    muted: `color-mix(in srgb, ${text} 62%, transparent)`,
    faint: `color-mix(in srgb, ${text} 22%, transparent)`,
    groups: read("chart-categorical-colors").split(","),
    font: read("font"),
  };
}

function named(colours, name) {
  return colours[name] ?? colours.groups[name] ?? name;
}

function binColours(stops) {
  const ramp = new OffscreenCanvas(BINS, 1).getContext("2d");
  const gradient = ramp.createLinearGradient(0, 0, BINS, 0);
  stops.forEach((stop, i) => gradient.addColorStop(i / (stops.length - 1), stop));
  ramp.fillStyle = gradient;
  ramp.fillRect(0, 0, BINS, 1);
  const { data } = ramp.getImageData(0, 0, BINS, 1);
  return Array.from({ length: BINS }, (_, i) => `rgb(${data.slice(4 * i, 4 * i + 3)})`);
}

// A point drawn once for each colour and shape, then only copied.
function sprite(colour, shape, radius, ratio, outline) {
  const side = Math.ceil((4 * radius + 2) * ratio);
  const canvas = new OffscreenCanvas(side, side);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.translate(side / ratio / 2, side / ratio / 2);
  pen.beginPath();
  SHAPES[shape % SHAPES.length](pen, radius);
  pen.lineWidth = 1;
  pen.strokeStyle = outline;
  pen.stroke();
  pen.fillStyle = colour;
  pen.fill();
  return canvas;
}

function drawPicture(pen, plane) {
  const { picture } = plane;
  if (!picture?.image.complete || !picture.image.naturalWidth) return;
  const [left, top] = plane.pixel(picture.window.left, picture.window.high);
  const [right, bottom] = plane.pixel(picture.window.right, picture.window.low);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(picture.image, left, top, right - left, bottom - top);
}

function drawPoints(pen, plane, ratio) {
  const { points } = plane;
  if (!points) return;
  const closer = Math.sqrt(plane.view.across / plane.whole.across);
  const size = points.size * Math.min(closer, 1.8);
  const outline = `color-mix(in srgb, ${plane.colours.background} 70%, transparent)`;
  const sprites = points.colours.map((colour, i) =>
    sprite(named(plane.colours, colour), points.shaped ? i : 0, size, ratio, outline),
  );
  const half = sprites.length ? sprites[0].width / ratio / 2 : 0;
  for (const i of points.order) {
    const kind = points.kind[i];
    if (plane.solo !== null && kind !== plane.solo) continue;
    const [px, py] = plane.pixel(points.x[i], points.y[i]);
    pen.drawImage(sprites[kind], px - half, py - half, 2 * half, 2 * half);
  }
}

function trace(pen, plane, line) {
  pen.beginPath();
  line.x.forEach((x, i) => {
    const [px, py] = plane.pixel(x, line.y[i]);
    if (Number.isFinite(px)) pen[i ? "lineTo" : "moveTo"](px, py);
  });
}

function drawLine(pen, plane, line) {
  const colour = named(plane.colours, line.colour);
  trace(pen, plane, line);
  if (line.fill) {
    pen.fillStyle = `color-mix(in srgb, ${colour} ${100 * line.fill}%, transparent)`;
    pen.fill("evenodd");
  }
  pen.setLineDash(line.dash ? [7, 5] : []);
  pen.lineWidth = line.width;
  pen.strokeStyle = colour;
  pen.stroke();
  pen.setLineDash([]);
}

// A number that would lie on an earlier label, as where the view is small, is left out.
function drawLabels(pen, plane) {
  const taken = [];
  for (const label of plane.scene.labels) {
    const box = labelBox(pen, plane, label);
    const free = !taken.some((other) => overlap(box, other));
    if (free || label.strong) {
      taken.push(box);
      drawLabel(pen, plane, label);
    }
  }
}

function overlap(one, other) {
  return (
    one.left < other.right &&
    other.left < one.right &&
    one.top < other.bottom &&
    other.top < one.bottom
  );
}

function labelBox(pen, plane, label) {
  const [px, py] = styledAt(pen, plane, label);
  const size = pen.measureText(label.text);
  return {
    left: px - size.actualBoundingBoxLeft,
    right: px + size.actualBoundingBoxRight,
    top: py - size.actualBoundingBoxAscent,
    bottom: py + size.actualBoundingBoxDescent,
  };
}

// The pixel of a label, whose letters the pen now has.
function styledAt(pen, plane, label) {
  pen.font = `${label.strong ? 600 : 400} ${label.strong ? 15 : 14}px ${plane.colours.font}`;
  pen.textAlign = label.anchor;
  pen.textBaseline = label.baseline;
  return plane.pixel(label.x, label.y);
}

function drawLabel(pen, plane, label) {
  const [px, py] = styledAt(pen, plane, label);
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = plane.colours.background;
  pen.strokeText(label.text, px, py);
  pen.fillStyle = named(plane.colours, label.colour);
  pen.fillText(label.text, px, py);
}

// A landmark stands above its place, not to hide who is there; and is moved from the
// edge so that all of it can be seen.
function landmarkPlace(plane, x, y) {
  const { frame, landmarkSide } = plane;
  const [px, below] = plane.pixel(x, y);
  const half = landmarkSide / 2;
  const py = below - landmarkSide * 0.8;
  const held = (value, low, high) =>
    value < low - half || value > high + half
      ? value
      : clamp(value, low + half + 2, high - half - 2);
  return [
    held(px, frame.left, frame.left + frame.width),
    held(py, frame.top, frame.top + frame.height),
  ];
}

function drawLandmarks(pen, plane) {
  const side = plane.landmarkSide;
  for (const { image, x, y } of plane.landmarks) {
    if (!image.complete || !image.naturalWidth) continue;
    const [px, py] = landmarkPlace(plane, x, y);
    pen.beginPath();
    pen.moveTo(...plane.pixel(x, y));
    pen.lineTo(px, py);
    pen.lineWidth = 1.5;
    pen.strokeStyle = plane.colours.text;
    pen.stroke();
    pen.save();
    pen.beginPath();
    pen.roundRect(px - side / 2, py - side / 2, side, side, 6);
    pen.lineWidth = 3;
    pen.strokeStyle = plane.colours.background;
    pen.stroke();
    pen.clip();
    pen.drawImage(image, px - side / 2, py - side / 2, side, side);
    pen.restore();
  }
}

function drawAxes(pen, plane) {
  const { frame, scene, colours } = plane;
  pen.strokeStyle = colours.faint;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left + 0.5, frame.top + 0.5, frame.width - 1, frame.height - 1);
  const seen = shown(plane.view, frame);
  pen.font = `14px ${colours.font}`;
  pen.fillStyle = colours.muted;
  pen.textBaseline = "top";
  pen.textAlign = "center";
  const bottom = frame.top + frame.height;
  const [across, up] = scene.ticks ?? [
    ticks(seen.left, seen.right, Math.max(3, frame.width / 130)),
    ticks(seen.low, seen.high, Math.max(3, frame.height / 110)),
  ];
  for (const [value, text] of across) {
    if (value < seen.left || value > seen.right) continue;
    const [px] = plane.pixel(value, 0);
    pen.fillRect(px, bottom, 1, 4);
    const most = frame.left + frame.width + 5 - pen.measureText(text).width / 2;
    pen.fillText(text, Math.min(px, most), bottom + 7); // the last one is not cut off
  }
  pen.fillText(scene.axes[0], frame.left + frame.width / 2, bottom + 26);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const [value, text] of up) {
    if (value < seen.low || value > seen.high) continue;
    const [, py] = plane.pixel(0, value);
    pen.fillRect(frame.left - 4, py, 4, 1);
    pen.fillText(text, frame.left - 8, py);
  }
  pen.save();
  pen.translate(10, frame.top + frame.height / 2);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "center";
  pen.fillText(scene.axes[1], 0, 0);
  pen.restore();
}

function ticks(low, high, most) {
  const step = niceStep(high - low, most);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++)
    ticks.push([i * step, (i * step).toFixed(digits).replace(/^-(0\.?0*)$/, "$1")]);
  return ticks;
}

function clipTo(pen, frame) {
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.width, frame.height);
  pen.clip();
}

// A pen on the empty canvas, in the pixels of the page, and its pixels in one of them.
function cleared(canvas) {
  const ratio = canvas.width / canvas.clientWidth;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return [pen, ratio];
}

function drawScene(canvas, plane) {
  const [pen, ratio] = cleared(canvas);
  const { frame, scene } = plane;
  pen.save();
  clipTo(pen, frame);
  drawPicture(pen, plane);
  drawCells(pen, plane);
  drawPoints(pen, plane, ratio);
  for (const line of plane.lines) drawLine(pen, plane, line);
  drawLandmarks(pen, plane);
  pen.restore();
  if (scene.axes) drawAxes(pen, plane);
  drawLabels(pen, plane);
}
