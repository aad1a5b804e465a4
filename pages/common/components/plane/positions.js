// Points and long lines of a plane, from the differences of their positions.

const STEPS = 8191; // parts of the window
const LINE_STEPS = 4095;

// (N,) numbers of which the bytes come in rows of N, the lowest ones first.
function joined(bytes, number, rows, first = 0) {
  return Float64Array.from({ length: number }, (_, i) => {
    let value = 0;
    for (let row = rows - 1; row >= 0; row--) value = 256 * value + bytes[(first + row) * number + i];
    return value;
  });
}

function summed(differences) {
  let sum = 0;
  return differences.map((more) => (sum += more));
}

const signed = (code) => (code % 2 ? -(code + 1) / 2 : code / 2);

// In the plane's coordinates.
function placed(steps, low, high, number = STEPS) {
  return Float32Array.from(steps, (step) => low + (step / number) * (high - low));
}

// The points of a scene, once they have come; the ones before are shown meanwhile.
async function loadPoints(plane, asked, { left, right, low, high }) {
  const answer = await fetchedFrom(asked.places);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (plane.scene.points?.places !== asked.places) return;
  const number = bytes.length / 5;
  const across = summed(joined(bytes, number, 2));
  plane.points = arranged({
    ...asked,
    x: placed(across, left, right),
    y: placed(joined(bytes, number, 2, 2), low, high),
    kind: bytes.slice(4 * number),
  });
  drawLegend(plane);
  plane.draw();
}

// The vertices of the long lines of a scene, in the order of the lines.
async function loadLines(plane, scene) {
  const answer = await fetchedFrom(scene.vertices);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (plane.scene.vertices !== scene.vertices) return;
  const { left, right, low, high } = scene.window;
  const all = scene.lines.reduce((sum, { number = 0 }) => sum + number, 0);
  const steps = joined(bytes, 2 * all, bytes.length / (2 * all)).map(signed);
  let start = 0;
  plane.lines = scene.lines.map((line) => {
    if (!line.number) return line;
    const part = (from) => steps.slice(from + start, from + start + line.number);
    const [across, up] = [0, all].map((from) => summed(summed(part(from))));
    start += line.number;
    const x = placed(across, left, right, LINE_STEPS);
    return { ...line, x, y: placed(up, low, high, LINE_STEPS) };
  });
  plane.draw();
}

// What is known of the points besides their positions; empty until it has come.
function known(plane) {
  const { points } = plane;
  if (points?.about && !points.coming) {
    points.coming = fetchedFrom(points.about).then(async (answer) => {
      points.known = await answer.json();
      if (plane.points === points && plane.hovered) hover(plane, plane.hovered);
    });
    points.coming.catch(() => (points.coming = null)); // asked for again at the next point
  }
  return points?.known ?? {};
}
