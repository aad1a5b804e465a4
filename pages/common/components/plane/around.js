// Around the layers: the lasso being drawn, the read-out, the legend.

function drawOver(plane) {
  const { over, frame, drawn, tool, colours } = plane;
  if (!frame || !colours) return;
  const [pen] = cleared(over);
  if (plane.pointer) drawGuides(pen, plane);
  if (over.matches(":focus-visible")) drawCross(pen, plane);
  if (!drawn || tool === "move" || !plane.dragged) return;
  pen.beginPath();
  corners(drawn, tool).forEach(([px, py], i) => pen[i ? "lineTo" : "moveTo"](px, py));
  pen.closePath();
  pen.fillStyle = `color-mix(in srgb, ${colours.accent} 16%, transparent)`;
  pen.fill("evenodd");
  pen.lineWidth = 2;
  pen.strokeStyle = colours.accent;
  pen.stroke();
}

// The affine read-outs at a point.
function readings({ scene }, [x, y]) {
  return scene.readout.map(([, [ax, ay, c]]) => ax * x + ay * y + c);
}

// Through the pointer, the lines along which each read-out stays the same, as far as
// no read-out is negative.
function drawGuides(pen, plane) {
  const [x, y] = toPlane(plane.view, plane.frame, ...plane.pointer);
  const values = readings(plane, [x, y]);
  if (values.some((value) => value < 0)) return;
  pen.save();
  clipTo(pen, plane.frame);
  plane.scene.guides.forEach(([dx, dy], i) => {
    const { window } = plane.scene;
    let most = (window.right - window.left + window.high - window.low) / Math.hypot(dx, dy);
    let least = -most;
    plane.scene.readout.forEach(([, [ax, ay]], j) => {
      const slope = ax * dx + ay * dy;
      const end = -values[j] / slope;
      if (slope > 1e-9) least = Math.max(least, end);
      if (slope < -1e-9) most = Math.min(most, end);
    });
    pen.beginPath();
    pen.moveTo(...plane.pixel(x + least * dx, y + least * dy));
    pen.lineTo(...plane.pixel(x + most * dx, y + most * dy));
    pen.setLineDash([6, 4]);
    pen.lineWidth = 1.5;
    pen.strokeStyle = plane.colours.groups[i];
    pen.stroke();
  });
  pen.restore();
}

// Where Enter looks for a galaxy, shown during keyboard control.
function drawCross(pen, plane) {
  const [px, py] = middleOf(plane.frame);
  pen.beginPath();
  pen.moveTo(px - 12, py);
  pen.lineTo(px + 12, py);
  pen.moveTo(px, py - 12);
  pen.lineTo(px, py + 12);
  pen.lineWidth = 2;
  pen.strokeStyle = plane.colours.accent;
  pen.stroke();
}

function nearestPoint(plane, [px, py]) {
  const { points } = plane;
  let least = NEAR;
  let nearest = -1;
  if (!points) return nearest;
  for (let i = 0; i < points.x.length; i++) {
    if (plane.solo !== null && points.kind[i] !== plane.solo) continue;
    const [qx, qy] = plane.pixel(points.x[i], points.y[i]);
    const distance = Math.hypot(qx - px, qy - py);
    if (distance < least) [least, nearest] = [distance, i];
  }
  return nearest;
}

function hover(plane, at) {
  const { tip, points, scene } = plane;
  const { names, pictured } = known(plane);
  plane.hovered = at;
  plane.pointer = scene.guides.length ? at : null;
  if (plane.pointer) drawOver(plane);
  const lines = [...cellLines(plane, at), ...readOut(plane, at)];
  const i = nearestPoint(plane, at);
  plane.over.classList.toggle("onpoint", i >= 0);
  if (i >= 0 && names) lines.unshift(names[i], ...valueOf(plane, i));
  tip.hidden = !lines.length;
  if (tip.hidden) return;
  tip.replaceChildren(...lines.map((line) => element("div", "", line)));
  if (i >= 0 && pictured?.[i]) {
    const src = scene.address.replace("{}", encodeURIComponent(names[i]));
    tip.prepend(element("img", { alt: "", src }));
  }
  const [px, py] = i >= 0 ? plane.pixel(points.x[i], points.y[i]) : at;
  const right = px > plane.over.clientWidth * 0.6;
  const low = py > plane.over.clientHeight * 0.55;
  tip.style.left = right ? "" : `${px + 14}px`;
  tip.style.right = right ? `${plane.over.clientWidth - px + 14}px` : "";
  tip.style.top = low ? "" : `${py + 10}px`;
  tip.style.bottom = low ? `${plane.over.clientHeight - py + 10}px` : "";
}

function valueOf(plane, i) {
  const { points, scene } = plane;
  const { value } = known(plane);
  if (!value) {
    const group = scene.groups[points.kind[i]];
    return group ? [group.words] : [];
  }
  if (value[i] === null) return ["unknown"];
  return [`${scene.shade.title}: ${value[i].toFixed(scene.shade.digits)}`];
}

// The line of read-outs; none where one is negative: outside.
function readOut(plane, at) {
  const values = readings(plane, toPlane(plane.view, plane.frame, ...at));
  if (!values.length || values.some((value) => value < -1e-6)) return [];
  const { readout } = plane.scene;
  return [readout.map(([words], i) => `${words} ${values[i].toFixed(2)}`).join(" · ")];
}

function drawLegend(plane) {
  const legend = plane.root.querySelector(".legend");
  const { points, scene } = plane;
  const { shade, groups } = scene;
  const parts = shade
    ? [shadeLegend(shade, points)]
    : groups.map((group, kind) => groupLegend(plane, group, kind));
  legend.replaceChildren(...parts);
  legend.hidden = !shade && !groups.length;
}

function shadeLegend(shade, points) {
  const { low, high, digits } = shade;
  const ramp = element("div", "ramp");
  ramp.style.background = `linear-gradient(90deg, ${shade.stops.join(",")})`;
  const values = [low, (low + high) / 2, high].map((value) => value.toFixed(digits));
  const ends = element("div", "ends", ...values.map((text) => element("span", "", text)));
  const parts = [element("span", "", shade.title), ramp, ends];
  if (points?.stops && points.kind.includes(BINS))
    parts.push(element("small", "", "Grey points: no value"));
  return element("div", "shade", ...parts);
}

// A click shows one group alone, another all again.
function groupLegend(plane, group, kind) {
  const alone = plane.solo === kind;
  const canvas = element("canvas", { width: 36, height: 36 });
  const colours = coloursOf(plane.root);
  const mark = sprite(named(colours, group.colour), kind, 5, 2, "transparent");
  canvas.getContext("2d").drawImage(mark, 18 - mark.width / 2, 18 - mark.height / 2);
  const onclick = () => {
    plane.solo = alone ? null : kind;
    drawLegend(plane);
    plane.draw();
  };
  const title = alone ? "Show all groups" : "Show only this group";
  const looks = { className: "one", ariaPressed: alone, title, onclick };
  const texts = [element("span", "", group.words), element("small", "", group.counts)];
  return element("button", looks, canvas, ...texts);
}
