// Around the layers: the lasso being drawn, the read-out, the legend.

function drawOver(plane) {
  const { over, frame, drawn, tool, colours } = plane;
  if (!frame || !colours) return;
  const pen = over.getContext("2d");
  const ratio = over.width / over.clientWidth;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, over.clientWidth, over.clientHeight);
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

// Through the pointer, the lines along which each read-out stays the same, as far as
// no read-out is negative.
function drawGuides(pen, plane) {
  const { frame } = plane;
  const [x, y] = toPlane(plane.view, frame, ...plane.pointer);
  if (plane.scene.readout.some(([, [ax, ay, c]]) => ax * x + ay * y + c < 0)) return;
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.width, frame.height);
  pen.clip();
  plane.scene.guides.forEach(([dx, dy], i) => {
    const { window } = plane.scene;
    let most = (window.right - window.left + window.high - window.low) / Math.hypot(dx, dy);
    let least = -most;
    for (const [, [ax, ay, c]] of plane.scene.readout) {
      const slope = ax * dx + ay * dy;
      const end = -(ax * x + ay * y + c) / slope;
      if (slope > 1e-9) least = Math.max(least, end);
      if (slope < -1e-9) most = Math.min(most, end);
    }
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
  const { frame } = plane;
  const [px, py] = [frame.left + frame.width / 2, frame.top + frame.height / 2];
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
  let best = NEAR;
  let found = -1;
  if (!points) return found;
  for (let i = 0; i < points.x.length; i++) {
    if (plane.solo !== null && points.kind[i] !== plane.solo) continue;
    const [qx, qy] = plane.pixel(points.x[i], points.y[i]);
    const away = Math.hypot(qx - px, qy - py);
    if (away < best) [best, found] = [away, i];
  }
  return found;
}

function hover(plane, at) {
  const { tip, points, scene } = plane;
  plane.pointer = scene.guides.length ? at : null;
  if (plane.pointer) drawOver(plane);
  const lines = readOut(plane, at);
  const i = nearestPoint(plane, at);
  plane.over.classList.toggle("onpoint", i >= 0);
  if (i >= 0 && points.names) lines.unshift(points.names[i], ...valueOf(plane, i));
  tip.hidden = !lines.length;
  if (tip.hidden) return;
  tip.replaceChildren(...lines.map((line) => element("div", "", line)));
  if (i >= 0 && points.pictured?.[i]) {
    const image = element("img");
    image.src = scene.address.replace("{}", encodeURIComponent(points.names[i]));
    image.alt = "";
    tip.prepend(image);
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
  if (!points.value) {
    const group = scene.groups[points.kind[i]];
    return group ? [group.words] : [];
  }
  if (!Number.isFinite(points.value[i])) return ["unknown"];
  return [`${scene.shade.title}: ${points.value[i].toFixed(scene.shade.digits)}`];
}

// Affine read-outs of the place pointed at; none where one is negative: outside.
function readOut(plane, at) {
  const [x, y] = toPlane(plane.view, plane.frame, ...at);
  const values = plane.scene.readout.map(([, [ax, ay, c]]) => ax * x + ay * y + c);
  if (!values.length || values.some((value) => value < -1e-6)) return [];
  return [
    plane.scene.readout.map(([words], i) => `${words} ${values[i].toFixed(2)}`).join(" · "),
  ];
}

function drawLegend(plane) {
  const legend = plane.root.querySelector(".legend");
  const { shade, groups } = plane.scene;
  legend.replaceChildren(...(shade ? [shadeLegend(shade)] : groups.map(groupLegend, plane)));
  legend.hidden = !shade && !groups.length;
}

function shadeLegend(shade) {
  const box = element("div", "shade");
  const ramp = element("div", "ramp");
  ramp.style.background = `linear-gradient(90deg, ${shade.stops.join(",")})`;
  const ends = element("div", "ends");
  for (const value of [shade.low, (shade.low + shade.high) / 2, shade.high])
    ends.append(element("span", "", value.toFixed(shade.digits)));
  box.append(element("span", "", shade.title), ramp, ends);
  return box;
}

// Called with the plane as `this`; a click shows one group alone, another all again.
function groupLegend(group, kind) {
  const plane = this;
  const button = element("button", "one");
  button.type = "button";
  button.setAttribute("aria-pressed", plane.solo === kind);
  const canvas = element("canvas");
  canvas.width = canvas.height = 36;
  const colours = coloursOf(plane.root);
  const mark = sprite(named(colours, group.colour), kind, 5, 2, "transparent");
  canvas.getContext("2d").drawImage(mark, 18 - mark.width / 2, 18 - mark.height / 2);
  button.append(canvas, element("span", "", group.words), element("small", "", group.counts));
  button.title = plane.solo === kind ? "Show all groups" : "Show only this group";
  button.onclick = () => {
    plane.solo = plane.solo === kind ? null : kind;
    drawLegend(plane);
    plane.draw();
  };
  return button;
}
