// Where the plane's coordinates lie on the canvas, and back.

const CLOSEST = 400; // times the whole window

function frameOf(width, height, axes) {
  const left = axes ? 58 : 6;
  const bottom = axes ? 46 : 6;
  return { left, top: 6, width: width - left - 6, height: height - bottom - 6 };
}

// The frame no larger than the window at one scale for both.
function cropped(frame, window) {
  const [across, up] = [window.right - window.left, window.high - window.low];
  const scale = Math.min(frame.width / across, frame.height / up);
  return { ...frame, width: scale * across, height: scale * up };
}

function middleOf(frame) {
  return [frame.left + frame.width / 2, frame.top + frame.height / 2];
}

function wholeView(window, frame, equal) {
  let across = frame.width / (window.right - window.left);
  let up = frame.height / (window.high - window.low);
  if (equal) across = up = Math.min(across, up);
  return {
    x: (window.left + window.right) / 2,
    y: (window.low + window.high) / 2,
    across,
    up,
  };
}

function toPixel(view, frame, x, y) {
  const [middle, centre] = middleOf(frame);
  return [middle + (x - view.x) * view.across, centre - (y - view.y) * view.up];
}

function toPlane(view, frame, px, py) {
  const [middle, centre] = middleOf(frame);
  return [view.x + (px - middle) / view.across, view.y - (py - centre) / view.up];
}

function shown(view, frame) {
  const [left, high] = toPlane(view, frame, frame.left, frame.top);
  const right = left + frame.width / view.across;
  return { left, right, low: high - frame.height / view.up, high };
}

// Zoomed so that the point under the pointer stays there; never out of the whole.
function zoomed(view, whole, frame, factor, px, py) {
  const least = whole.across / view.across;
  const times = clamp(factor, least, CLOSEST * least);
  const [x, y] = toPlane(view, frame, px, py);
  return within(whole, frame, {
    x: x + (view.x - x) / times,
    y: y + (view.y - y) / times,
    across: view.across * times,
    up: view.up * times,
  });
}

function moved(view, whole, frame, right, down) {
  return within(whole, frame, {
    ...view,
    x: view.x - right / view.across,
    y: view.y + down / view.up,
  });
}

// The view's centre kept so that it shows nothing beyond what the whole shows.
function within(whole, frame, view) {
  const spareX = (frame.width / whole.across - frame.width / view.across) / 2;
  const spareY = (frame.height / whole.up - frame.height / view.up) / 2;
  const held = (value, middle, spare) =>
    clamp(value, middle - Math.max(spare, 0), middle + Math.max(spare, 0));
  return { ...view, x: held(view.x, whole.x, spareX), y: held(view.y, whole.y, spareY) };
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

function niceStep(range, most) {
  const rough = range / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((step) => step * power >= rough);
}
