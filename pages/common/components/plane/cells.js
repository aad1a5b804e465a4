// Galaxies counted in cells of a plane: all of them grey, those selected coloured.

const WHOLE = [[128, 136, 156, 64], [128, 136, 156, 230]]; // few, many: RGBA
const SELECTED = [[96, 112, 236, 115], [84, 60, 214, 255]];
const grids = new Map(); // by address, as all selections of a release have one

async function fetchedFrom(address) {
  const answer = await fetch(new URL(address, location.origin));
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

async function gridAt(address) {
  if (!grids.has(address)) grids.set(address, await (await fetchedFrom(address)).json());
  return grids.get(address);
}

// The counts of a scene, once they have come; the ones before are shown meanwhile.
async function loadCells(plane, asked) {
  const counted = fetchedFrom(asked.counts).then((answer) => answer.arrayBuffer());
  const [grid, codes] = await Promise.all([gridAt(asked.grid), counted]);
  const selected = selectedOf(grid.whole, asked, new Uint8Array(codes));
  if (plane.scene.cells?.counts !== asked.counts) return;
  plane.cells = { ...grid, selected, image: cellImage(grid, selected) };
  plane.draw();
}

// The mean fraction of the galaxies in each cell that has some, and the difference.
function selectedOf(whole, { selected: of, bytes }, codes) {
  const total = Math.max(whole.reduce((sum, count) => sum + count, 0), 1);
  const cells = codes.length / bytes;
  let next = 0;
  return whole.map((count) => {
    if (!count) return 0;
    let code = 0;
    for (let i = bytes - 1; i >= 0; i--) code = 256 * code + codes[i * cells + next];
    next++;
    const more = code % 2 ? -(code + 1) / 2 : code / 2;
    return Math.floor((2 * count * of + total) / (2 * total)) + more;
  });
}

// A pixel for each cell.
function cellImage({ columns, rows, whole }, selected) {
  const canvas = new OffscreenCanvas(columns.length, rows.length);
  const pen = canvas.getContext("2d");
  pen.drawImage(shaded(whole, WHOLE, canvas), 0, 0);
  pen.drawImage(shaded(selected, SELECTED, canvas), 0, 0);
  return canvas;
}

function shaded(counts, [few, many], { width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  const least = Math.sqrt(counts.reduce((a, b) => (b && b < a ? b : a), Infinity));
  const most = Math.sqrt(counts.reduce((a, b) => Math.max(a, b), 0));
  counts.forEach((count, i) => {
    if (!count) return;
    const share = (Math.sqrt(count) - least) / (most - least || 1);
    const row = height - 1 - Math.floor(i / width); // low y first
    const colour = few.map((low, band) => Math.round(low + share * (many[band] - low)));
    image.data.set(colour, 4 * (row * width + (i % width)));
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function drawCells(pen, plane) {
  const { cells } = plane;
  if (!cells) return;
  const [left, top] = plane.pixel(cells.window.left, cells.window.high);
  const [right, bottom] = plane.pixel(cells.window.right, cells.window.low);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(cells.image, left, top, right - left, bottom - top);
}

// What the cell at a point holds; nothing outside of the grid.
function cellLines({ cells, view, frame }, at) {
  if (!cells) return [];
  const { window, columns, rows } = cells;
  const [x, y] = toPlane(view, frame, ...at);
  const across = (x - window.left) / (window.right - window.left);
  const up = (y - window.low) / (window.high - window.low);
  const column = Math.floor(across * columns.length);
  const row = Math.floor(up * rows.length);
  if (!columns[column] || !rows[row]) return [];
  const i = row * columns.length + column;
  const [selected, whole] = [cells.selected[i], cells.whole[i]].map((count) =>
    count.toLocaleString("en"),
  );
  return [`${columns[column]}, ${rows[row]}`, `${selected} selected of ${whole}`];
}
