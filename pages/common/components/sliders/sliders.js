// Sliders with two ends. While one is moved the page's count and funnel follow it; when
// it is let go the server is asked.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 24;
const WIDE = 10; // of a bar, in units of the drawing
const WAIT_MS = 250; // after a key
const END = { low: "start", high: "end" };

const digitsOf = (slider) => Math.round(Math.log10(slider.per_unit));
const shownValue = (slider, value) => {
  const places = String(value).split(".")[1]?.length ?? 0;
  return value.toFixed(Math.max(digitsOf(slider), Math.min(places, 6)));
};
const least = (slider) => slider.first / slider.per_unit;
const most = (slider) => (slider.first + slider.number - 1) / slider.per_unit;
const partOf = (slider, value) => (value - least(slider)) / (most(slider) - least(slider));

// ---- the count and the funnel of the page, which are not drawn here

// The count is drawn by Streamlit: only the digits of its text are changed, and put back.
function showCount(text) {
  const node = document.querySelector(".st-key-line strong")?.firstChild;
  if (node) node.data = text;
}

const written = (number) => Math.round(number).toLocaleString("en");

function countText({ count, least: few, error }) {
  if (error) return `${written(count)} ± ${written(error)}`;
  return few < count ? `${written(few)} to ${written(count)}` : written(count);
}

function tellPage(found) {
  showCount(found ? countText(found) : written(shared.left ?? 0));
  window.dispatchEvent(new CustomEvent("morph-live", { detail: found }));
}

// ---- one slider that is being moved

const live = { slider: null, tables: new Map(), found: null, near: null };

// What draws sliders on the page now; Streamlit may have taken others away.
const mountsNow = () => [...shared.mounts].filter((mount) => mount.root.isConnected);

const shownAxes = () => mountsNow().flatMap((mount) => mount.axes());

function take(slider) {
  if (live.slider === slider) return;
  live.slider = slider;
  live.tables.clear();
}

function tablesOf(slider, full) {
  take(slider);
  if (!live.tables.get(full)) live.tables.set(full, cube(slider, full, shownAxes()));
  return live.tables.get(full);
}

// Counts for the ends as they are now, if the browser can; tells everybody who draws.
function follow(slider) {
  live.found = null;
  const tables = tablesOf(slider, isFull(slider));
  if (!tables) return;
  live.found = { ...readCube(tables, slider), parameter: slider.parameter };
  live.found.total = shared.plan.total;
  tellPage(live.found);
  for (const mount of mountsNow()) mount.histograms(live.found.drawn);
}

// What a slider needs is made when the mouse or the focus comes to it.
async function prepare(slider) {
  const { plan } = shared;
  live.near = slider;
  if (!plan?.url || mountsNow().some((mount) => mount.isBusy())) return;
  const coming = [slider, ...shownAxes()].map((one) => codesOf(plan, one));
  for (const full of [true, false])
    for (const one of conditionsWith(slider, full)) if (!one.own) coming.push(tested(plan, one));
  if (coming.includes(undefined)) return;
  await new Promise((done) => setTimeout(done));
  if (shared.plan !== plan || mountsNow().some((mount) => mount.isBusy())) return;
  tablesOf(slider, false);
  if (isFull(slider)) tablesOf(slider, true);
}

// ---- messages to the server, each with all that it has not heard

const unheard = new Map();

function commit(slider, send) {
  shared.number = (shared.number ?? 0) + 1;
  unheard.set(slider.parameter, { number: shared.number, ends: [slider.low, slider.high] });
  const { found } = live;
  shared.counted = found && { ...found, message: shared.number };
  live.slider = null; // the conditions of another selection follow
  const limits = Object.fromEntries([...unheard].map(([name, { ends }]) => [name, ends]));
  window.morphMoved?.();
  send("limit", { number: shared.number, limits });
}

function isUnheard(parameter, heard) {
  const own = unheard.get(parameter);
  if (own && own.number > heard) return true;
  unheard.delete(parameter);
  return false;
}

// ---- drawing

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

// Bars with square-root heights, so that small counts are visible, between two parts.
function bars(counts, from = 0, to = 1) {
  const top = Math.max(...counts, 1e-9);
  const across = counts.length * WIDE;
  let path = "";
  counts.forEach((count, bin) => {
    const left = Math.max(bin * WIDE, from * across);
    const right = Math.min((bin + 1) * WIDE - 1, to * across);
    if (count > 0 && right > left) {
      const high = HEIGHT * Math.sqrt(count / top);
      path += `M${left.toFixed(1)} ${HEIGHT}v${(-high).toFixed(1)}H${right.toFixed(1)}V${HEIGHT}`;
    }
  });
  return path;
}

function spokenHistogram(slider, counts) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (!all) return `${slider.words}: no galaxies.`;
  const place = counts.indexOf(Math.max(...counts));
  const edge = (n) => least(slider) + ((most(slider) - least(slider)) * n) / counts.length;
  return (
    `${slider.words}: ${written(all)} galaxies; the highest bar is between ` +
    `${edge(place).toFixed(2)} and ${edge(place + 1).toFixed(2)}.`
  );
}

function histogramOf(slider) {
  const svg = shape("svg", { preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.setAttribute("viewBox", `0 0 ${BINS * WIDE} ${HEIGHT}`);
  const paths = ["whole", "pale", "chosen"].map((name) => shape("path", { class: name }));
  svg.append(...paths);
  for (const [from, to] of endsOutOfReach(slider)) {
    const x = from * BINS * WIDE;
    const width = (to - from) * BINS * WIDE;
    svg.append(shape("rect", { class: "beyond", x, y: 0, width, height: HEIGHT }));
  }
  return { svg, paths };
}

// Parts of the slider that the model cannot predict; thinner ones could not be seen.
function endsOutOfReach({ reach }) {
  if (!reach) return [];
  const thin = 2 / (BINS * WIDE);
  return [
    [0, Math.max(reach[0], thin)],
    [1 - Math.max(1 - reach[1], thin), 1],
  ];
}

class Row {
  constructor(slider, mount) {
    this.slider = slider;
    this.mount = mount;
    this.name = element("button", { className: "name", type: "button" });
    this.name.onclick = () => this.set(least(slider), most(slider), true);
    this.fields = { low: this.field("low"), high: this.field("high") };
    this.ends = { low: this.end("low"), high: this.end("high") };
    this.spoken = element("span", "unseen");
    this.spoken.id = `about_${slider.parameter}`;
    const { svg, paths } = histogramOf(slider);
    this.paths = paths;
    this.between = element("div", "between");
    this.bubble = element("output", { className: "bubble", ariaHidden: "true" });
    this.rail = element("div", "rail", this.between, this.ends.low, this.ends.high);
    this.area = element("div", "area", svg, this.rail, this.bubble);
    this.area.onpointerdown = (event) => this.grab(event);
    this.area.onpointerenter = () => prepare(slider);
    const range = element("span", "range", this.fields.low, "–", this.fields.high);
    const head = element("div", "head", this.name, range);
    this.node = element("div", "slider", head, this.area, this.spoken);
    this.node.dataset.parameter = slider.parameter;
    if (slider.note) this.node.title = slider.note;
    this.missing = this.missingChoice();
    if (this.missing) this.node.append(this.missing);
    this.draw();
  }

  end(which) {
    const { words } = this.slider;
    const node = element("div", { className: `end ${which}`, tabIndex: 0, role: "slider" });
    node.ariaLabel = `${words} — ${END[which]}`;
    node.setAttribute("aria-describedby", `about_${this.slider.parameter}`);
    node.onkeydown = (event) => this.press(event, which);
    node.onfocus = () => prepare(this.slider);
    node.onblur = () => this.flush();
    return node;
  }

  field(which) {
    const words = { low: "from", high: "to" }[which];
    const node = element("input", { type: "text", inputMode: "decimal", autocomplete: "off" });
    node.ariaLabel = `${this.slider.words} — ${words}`;
    const restore = () => (node.value = shownValue(this.slider, this.slider[which]));
    node.onchange = () => {
      const { slider } = this;
      const value = Number(node.value.trim().replace(",", "."));
      if (node.value.trim() !== "" && Number.isFinite(value)) {
        const inside = Math.min(Math.max(value, least(slider)), most(slider));
        if (which === "low") this.set(Math.min(inside, slider.high), slider.high, true);
        else this.set(slider.low, Math.max(inside, slider.low), true);
      }
      restore();
    };
    node.onkeydown = (event) => {
      if (event.key === "Escape") restore();
      event.stopPropagation(); // the page's shortcuts are letters
    };
    node.onfocus = () => node.select();
    return node;
  }

  missingChoice() {
    const { missing_words: words, parameter } = this.slider;
    if (!this.slider.missing) return null;
    const name = `missing_${parameter}`;
    this.choices = [false, true].map((keep) => {
      const input = element("input", { type: "radio", name });
      input.onchange = () => this.mount.send("keep", { parameter, keep });
      return { keep, input, label: element("label", "", input, keep ? "Include" : "Exclude") };
    });
    const node = element("div", "missing", ...this.choices.map((one) => one.label));
    node.role = "radiogroup";
    node.ariaLabel = words;
    node.prepend(element("span", "", words));
    return node;
  }

  // Moves the ends; `done` when they are let go.
  set(low, high, done = false) {
    const { slider } = this;
    if (low !== slider.low || high !== slider.high) {
      Object.assign(slider, { low, high });
      follow(slider);
      this.draw();
    } else if (!done) return;
    if (done) this.letGo();
  }

  letGo() {
    clearTimeout(this.waiting);
    this.waiting = null;
    const { low, high } = this.slider;
    if (this.sent?.[0] === low && this.sent?.[1] === high) return;
    this.sent = [low, high];
    commit(this.slider, this.mount.send);
  }

  flush() {
    if (this.waiting) this.letGo();
  }

  moveEnd(which, position) {
    const { slider } = this;
    const { first, number, per_unit } = slider;
    const value = (first + Math.min(Math.max(position, 0), number - 1)) / per_unit;
    const { low, high } = slider;
    if (which === "low") this.set(Math.min(value, high), high);
    else this.set(low, Math.max(value, low));
  }

  // Position of an end, a whole number unless it was typed between two.
  positionOf(which) {
    return this.slider[which] * this.slider.per_unit - this.slider.first;
  }

  press(event, which) {
    const by = event.shiftKey ? 10 : 1;
    const here = this.positionOf(which);
    const near = Math.round(here);
    const at = Math.abs(here - near) < 1e-6 ? near : here;
    const steps = {
      ArrowRight: Math.floor(at) + by,
      ArrowUp: Math.floor(at) + by,
      ArrowLeft: Math.ceil(at) - by,
      ArrowDown: Math.ceil(at) - by,
      PageUp: Math.floor(at) + 10,
      PageDown: Math.ceil(at) - 10,
      Home: 0,
      End: this.slider.number - 1,
    };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.moveEnd(which, steps[event.key]);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.letGo(), WAIT_MS);
  }

  grab(event) {
    if (event.button) return;
    const box = this.rail.getBoundingClientRect();
    const partAt = ({ clientX }) => (clientX - box.left) / box.width;
    const { slider } = this;
    const part = partAt(event);
    const far = ["low", "high"].map((end) => Math.abs(part - partOf(slider, slider[end])));
    const isHigh = far[0] === far[1] ? part > partOf(slider, slider.low) : far[1] < far[0];
    const which = isHigh ? "high" : "low";
    const before = [slider.low, slider.high];
    const hold = this.ends[which];
    event.preventDefault();
    hold.focus({ preventScroll: true });
    this.area.setPointerCapture(event.pointerId);
    this.dragged = which;
    this.node.classList.add("dragged");
    let next = event;
    let frame = null;
    const draw = () => {
      frame = null;
      this.moveEnd(which, Math.round(partAt(next) * (slider.number - 1)));
    };
    const stop = (done) => {
      this.area.onpointermove = this.area.onpointerup = this.area.onpointercancel = null;
      window.removeEventListener("keydown", cancel, true);
      if (frame !== null) {
        cancelAnimationFrame(frame);
        if (done) draw();
      }
      this.node.classList.remove("dragged");
      this.dragged = null;
      if (done) this.letGo();
      else {
        Object.assign(slider, { low: before[0], high: before[1] });
        this.draw();
        endLive();
      }
      this.mount.caughtUp();
    };
    const cancel = (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.stopPropagation();
      stop(false);
    };
    this.area.onpointermove = (moved) => {
      next = moved;
      frame ??= requestAnimationFrame(draw);
    };
    this.area.onpointerup = () => stop(true);
    this.area.onpointercancel = () => stop(false);
    window.addEventListener("keydown", cancel, true);
    draw();
  }

  isBusy() {
    return Boolean(this.dragged || this.waiting);
  }

  draw() {
    const { slider } = this;
    const isMoved = !isFull(slider);
    const [from, to] = [partOf(slider, slider.low), partOf(slider, slider.high)];
    this.node.classList.toggle("limited", isMoved);
    this.name.textContent = slider.words;
    this.name.disabled = !isMoved;
    this.name.title = isMoved ? "Remove this limit" : "";
    this.name.ariaLabel = isMoved ? `Remove the limit on ${slider.words}` : slider.words;
    this.between.style.left = `${100 * from}%`;
    this.between.style.right = `${100 * (1 - to)}%`;
    for (const which of ["low", "high"]) {
      const value = slider[which];
      const node = this.ends[which];
      node.style.left = `${100 * partOf(slider, value)}%`;
      node.ariaValueMin = which === "low" ? least(slider) : slider.low;
      node.ariaValueMax = which === "low" ? slider.high : most(slider);
      node.ariaValueNow = value;
      node.setAttribute("aria-valuetext", shownValue(slider, value));
      const field = this.fields[which];
      if (!field.matches(":focus") || this.dragged) field.value = shownValue(slider, value);
    }
    this.bubble.textContent = live.found && this.dragged ? countText(live.found) : "";
    if (this.dragged) this.bubble.style.left = `${100 * partOf(slider, slider[this.dragged])}%`;
    if (this.missing) {
      this.missing.hidden = !isMoved;
      for (const { keep, input } of this.choices) input.checked = Boolean(slider.keep) === keep;
    }
    this.drawBars();
  }

  histogram(counts) {
    this.counts = counts;
    this.drawBars();
  }

  drawBars() {
    const { slider } = this;
    const whole = shared.whole?.[slider.parameter];
    if (whole !== this.whole) {
      this.whole = whole;
      this.paths[0].setAttribute("d", whole ? bars(whole) : "");
    }
    const counts = this.counts ?? [];
    const isMoved = !isFull(slider);
    this.paths[1].setAttribute("d", isMoved ? bars(counts) : "");
    const [from, to] = [partOf(slider, slider.low), partOf(slider, slider.high)];
    this.paths[2].setAttribute("d", bars(counts, from, to));
    if (this.counts && !this.dragged) this.spoken.textContent = spokenHistogram(slider, counts);
  }
}

// The server's own count again, and its histograms.
function endLive() {
  live.slider = live.found = null;
  tellPage(null);
  for (const mount of mountsNow()) mount.histograms(new Map(Object.entries(shared.chosen ?? {})));
}

class Group {
  constructor(group, mount) {
    this.rows = group.sliders.map((slider) => new Row(slider, mount));
    this.body = element("div", "rows", ...this.rows.map((row) => row.node));
    this.limited = element("div", "limited-below");
    this.node = element("section", "group");
    this.node.style.setProperty("--depth", group.depth);
    if (group.question) {
      this.title = element("button", { className: "title", type: "button" });
      this.title.onclick = () => mount.send("fold", { name: group.name, open: !this.open });
      this.title.append(element("span", "", group.title));
      if (group.warning) this.title.append(element("span", "warning", group.warning));
      const note = element("p", "note", group.note);
      if (group.warning) note.append(element("span", "warning", ` ${group.warning}.`));
      this.body.prepend(note);
      this.node.append(this.title, this.body, this.limited);
    } else {
      this.node.append(element("h5", "", group.title), this.body);
    }
    this.node.ariaLabel = group.title;
  }

  update(group) {
    this.open = group.open;
    this.body.hidden = !group.open;
    if (this.title) this.title.ariaExpanded = group.open;
    const number = this.rows.filter(({ slider }) => !isFull(slider)).length;
    const answers = number === 1 ? "1 answer limited" : `${number} answers limited`;
    this.limited.textContent = number && !group.open ? `● ${answers}` : "";
    this.limited.hidden = !this.limited.textContent;
  }
}

// ---- what the server sent

// The groups with their values; undefined until what they are has come too.
function groupsOf({ groups: { name, version }, open, values }) {
  if (shared[name]?.version !== version) return undefined;
  const valued = (slider) => {
    const [low, high, keep] = values[slider.parameter] ?? [slider.low, slider.high, false];
    return { ...slider, low, high, keep };
  };
  return shared[name].groups.map((group) => {
    return { ...group, open: open.includes(group.name), sliders: group.sliders.map(valued) };
  });
}

class Mount {
  constructor(root) {
    this.root = root;
    this.groups = [];
  }

  isBusy() {
    return this.rows().some((row) => row.isBusy());
  }

  rows() {
    return this.groups.flatMap((group) => group.rows);
  }

  axes() {
    return this.groups.filter((group) => group.open).flatMap(({ rows }) => rows.map((r) => r.slider));
  }

  histograms(drawn) {
    for (const row of this.rows()) {
      const counts = drawn.get(row.slider.parameter);
      if (counts) row.histogram(counts);
    }
  }

  caughtUp() {
    if (this.later) this.update(this.later);
  }

  update(data) {
    const groups = groupsOf(data);
    this.later = groups ? null : data;
    if (!groups) return;
    const isOther = this.version !== data.groups.version;
    if (!isOther && this.isBusy()) {
      this.later = data;
      return;
    }
    shared.number = Math.max(shared.number ?? 0, data.heard);
    if (isOther) this.build(groups, data.groups.version);
    groups.forEach((group, place) => {
      const drawn = this.groups[place];
      group.sliders.forEach((sent, at) => {
        const row = drawn.rows[at];
        if (!isUnheard(sent.parameter, data.heard)) {
          const { low, high } = sent;
          Object.assign(row.slider, { low, high });
          row.sent = [low, high];
        }
        row.slider.keep = sent.keep;
        row.draw();
      });
      drawn.update(group);
    });
  }

  build(groups, version) {
    this.version = version;
    for (const row of this.rows()) shared.sliders.delete(row.slider.parameter);
    this.groups = groups.map((group) => {
      const question = group.question ? group.name : "";
      const sliders = group.sliders.map((slider) => ({ ...slider, question }));
      return new Group({ ...group, sliders }, this);
    });
    for (const { slider } of this.rows()) shared.sliders.set(slider.parameter, slider);
    const status = element("div", { className: "unseen status", role: "status" });
    this.root.replaceChildren(...this.groups.map((group) => group.node), status);
    this.status = status;
    this.histograms(new Map(Object.entries(shared.chosen ?? {})));
  }

  // The server's news: its count in place of ours, and where they differ.
  heard(news) {
    if (this.later?.groups.name in news) this.caughtUp();
    if ("plan" in news || "left" in news) live.tables.clear();
    if ("left" in news) this.compare(news);
    if (!("chosen" in news || "whole" in news)) return;
    if (this.isBusy()) return;
    this.histograms(new Map(Object.entries(shared.chosen ?? {})));
    this.fetchShown();
  }

  compare({ left, heard }) {
    const { counted } = shared;
    const isOwn = (row) => row.slider.parameter === counted.parameter;
    if (!counted || heard < counted.message || !this.rows().some(isOwn)) return;
    shared.counted = null;
    if (mountsNow().some((mount) => mount.isBusy())) return;
    tellPage(null);
    const said =
      left === counted.count
        ? `${written(left)} galaxies`
        : `${written(left)} galaxies; while it was moved: ${countText(counted)}`;
    this.status.textContent = said;
    this.status.classList.toggle("unseen", left === counted.count);
  }

  // The columns of the open blocks, one after another, once the page has been drawn.
  async fetchShown() {
    const { plan } = shared;
    if (!plan?.url) return;
    for (const slider of this.axes()) {
      if (shared.plan !== plan) return;
      codesOf(plan, slider);
      await shared.columns.get(plan.url.replace("{}", slider.parameter))?.coming;
    }
    const isOwn = (row) => row.slider === live.near;
    if (shared.plan === plan && this.rows().some(isOwn)) prepare(live.near);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("[role]");
  let { mount } = root;
  if (!mount) {
    mount = root.mount = new Mount(root);
    const listen = (event) => {
      if (root.isConnected) mount.heard(event.detail);
      else {
        window.removeEventListener("morph-news", listen);
        shared.mounts.delete(mount);
      }
    };
    window.addEventListener("morph-news", listen);
  }
  root.getRootNode().host?.setAttribute("data-drawn", ""); // see first.css
  shared.mounts.add(mount);
  mount.send = setTriggerValue;
  if (!changed(root, data)) return;
  root.ariaLabel = data.label;
  mount.update(data);
}
