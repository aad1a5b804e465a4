// Counts for every position of one slider at once: a table of the galaxies by the code
// of their value and by what else they fail. It is made when a slider is taken; then each
// frame adds up a few hundred numbers, however many galaxies there are.

const BINS = 25; // as in morph.selection.histograms

const shared = (window.morphSliders ??= {
  columns: new Map(), // address -> { bytes, coming }
  mounts: new Set(), // what draws: functions of the histograms
  sliders: new Map(), // parameter -> what the server says of it, with the ends now
});

// The bytes at an address; undefined until they have come, and if they cannot.
function fetched(address) {
  let entry = shared.columns.get(address);
  if (!entry) {
    entry = { bytes: undefined };
    shared.columns.set(address, entry);
    entry.coming = fetch(address)
      .then((response) => (response.ok ? response.arrayBuffer() : null))
      .catch(() => null)
      .then((bytes) => {
        if (bytes) entry.bytes = bytes;
        else setTimeout(() => shared.columns.delete(address), 10_000); // then try again
      });
    forget();
  }
  return entry.bytes;
}

const MOST_KEPT = 400;

function forget() {
  for (const address of shared.columns.keys()) {
    if (shared.columns.size <= MOST_KEPT) return;
    shared.columns.delete(address);
  }
}

const isWide = (slider) => 2 * slider.number > 255;

// Codes as in morph.selection.in_memory.slider_codes.
function codesOf(plan, slider) {
  const bytes = fetched(plan.url.replace("{}", slider.parameter));
  const type = isWide(slider) ? Uint16Array : Uint8Array;
  const codes = bytes && new type(bytes);
  return codes && codes.length === plan.rows ? codes : undefined;
}

function bitsOf(plan, query) {
  const bytes = fetched(`${plan.url.replace("{}", "step")}&${query}`);
  return bytes && new Uint8Array(bytes);
}

function isFull({ low, high, first, number, per_unit }) {
  return low <= first / per_unit && high >= (first + number - 1) / per_unit;
}

// First and last code inside the ends: surely, and perhaps. They differ where an end is
// between two positions, as some galaxies of its cell are on either side of it.
function codeRange({ low, high, first, number, per_unit }) {
  const position = (end) => {
    const exact = end * per_unit - first;
    const near = Math.round(exact);
    return Math.abs(exact - near) < 1e-6 ? near : exact;
  };
  const [from, to] = [position(low), position(high)];
  const sure = [2 * Math.ceil(from), 2 * Math.floor(to)];
  const perhaps = [
    Number.isInteger(from) ? 2 * from : 2 * Math.floor(from) + 1,
    Number.isInteger(to) ? 2 * to : 2 * Math.floor(to) + 1,
  ];
  return { sure, perhaps: perhaps.map((code) => Math.min(Math.max(code, 0), 2 * number - 2)) };
}

const isOnPosition = (slider) => {
  const { sure, perhaps } = codeRange(slider);
  return sure[0] === perhaps[0] && sure[1] === perhaps[1];
};

// The conditions of the selection in order; `own` is the one of the slider that moves,
// unless it is at its full range.
function conditionsWith(moving, full) {
  const { plan, sliders } = shared;
  const isLimited = (one) => (one === moving ? !full : !isFull(one));
  const limited = [...sliders.values()].filter(isLimited);
  const others = limited.filter((one) => one !== moving);
  const { question } = moving;
  const asked =
    !question ||
    !full ||
    plan.fixed.includes(question) ||
    others.some((one) => one.question === question);
  const head = question ? plan.heads[question][asked ? "with" : "without"] : plan.head;
  const ofSlider = (one) => ({
    short: one.words,
    words: one.words,
    slider: one,
    own: one === moving,
  });
  const inOrder = (names) => names.map((name) => sliders.get(name)).filter(Boolean);
  return [
    ...head.map((place) => plan.masks[place]),
    ...inOrder(plan.answers).filter(isLimited).map(ofSlider),
    ...plan.certainty,
    ...inOrder(plan.measured).filter(isLimited).map(ofSlider),
    ...plan.last,
  ];
}

// A test of one condition: `passes(row)`; undefined while its bytes are on their way.
function tested(plan, condition) {
  const { slider, query } = condition;
  if (slider && isOnPosition(slider)) {
    const codes = codesOf(plan, slider);
    if (!codes) return undefined;
    const [from, to] = codeRange(slider).sure;
    return { codes, from, to, outside: slider.keep ? (isWide(slider) ? 65535 : 255) : -1 };
  }
  const { parameter, low, high, keep } = slider ?? {};
  const missing = keep ? `&${parameter}_missing=keep` : "";
  const ends = `rule=off&${parameter}=${low}&${parameter}=${high}${missing}&number=0`;
  const bits = bitsOf(plan, slider ? ends : query);
  return bits && { bits };
}

// For each galaxy: the first of these that it fails, how many, and the last one.
function failures(rows, tests) {
  const first = new Uint8Array(rows).fill(tests.length);
  const number = new Uint8Array(rows);
  const last = new Uint8Array(rows);
  const fail = (row, place) => {
    if (!number[row]) first[row] = place;
    number[row] += 1;
    last[row] = place;
  };
  tests.forEach(({ bits, codes, from, to, outside }, place) => {
    for (let row = 0; row < rows; row++) {
      if (bits) {
        if (!((bits[row >> 3] >> (row & 7)) & 1)) fail(row, place);
      } else {
        const code = codes[row];
        if ((code < from || code > to) && code !== outside) fail(row, place);
      }
    }
  });
  return { first, number, last };
}

// Rows of the galaxies that pass all, and of those that fail one alone, by its place.
function rowsByFailure({ number, last }, tests) {
  const passing = new Uint32Array(number.length);
  const failing = Array.from({ length: tests }, () => []);
  let size = 0;
  for (let row = 0; row < number.length; row++) {
    if (number[row] === 0) passing[size++] = row;
    else if (number[row] === 1) failing[last[row]].push(row);
  }
  return { passing: passing.subarray(0, size), failing };
}

function binTable(slider) {
  const cells = slider.number - 1;
  const bins = new Uint8Array(isWide(slider) ? 65536 : 256).fill(BINS);
  for (let code = 0; code <= 2 * cells; code++)
    bins[code] = Math.min(BINS - 1, Math.floor(((code >> 1) * BINS) / cells));
  return bins;
}

// Sums along the codes, so that a range of them is a difference.
function summed(counts, lines, across) {
  for (let line = 0; line < lines; line++) {
    let sum = 0;
    for (let at = line * across, end = at + across; at < end; at++) {
      const count = counts[at];
      counts[at] = sum;
      sum += count;
    }
  }
  return counts;
}

// The tables of a slider that is moved, at its full range or not; null while something
// that they need is on its way.
function cube(moving, full, axes) {
  const { plan } = shared;
  if (!plan?.url) return null;
  const own = full ? null : codesOf(plan, moving);
  const conditions = conditionsWith(moving, full);
  const place = conditions.findIndex((one) => one.own);
  const others = conditions.filter((one) => !one.own);
  const tests = others.map((one) => tested(plan, one));
  if ((!full && !own) || tests.includes(undefined)) return null;
  const { rows } = plan;
  // A column for each code, one for unknown values, and one for the sum.
  const unknown = full ? 0 : 2 * moving.number - 1;
  const across = unknown + 2;
  const at = new Uint16Array(rows); // column of each galaxy
  if (!full) for (let row = 0; row < rows; row++) at[row] = Math.min(own[row], unknown);
  const failed = failures(rows, tests);
  const lines = tests.length + 1;
  const left = new Float64Array(lines * across);
  for (let row = 0; row < rows; row++) left[failed.first[row] * across + at[row]] += 1;
  summed(left, lines, across);
  const { passing, failing } = rowsByFailure(failed, tests.length);
  const histograms = new Map();
  for (const axis of axes) {
    const codes = codesOf(plan, axis);
    if (!codes) continue;
    const bins = binTable(axis);
    const counts = new Float64Array((BINS + 1) * across); // the last for unknown values
    const add = (galaxies) => {
      for (let i = 0; i < galaxies.length; i++)
        counts[bins[codes[galaxies[i]]] * across + at[galaxies[i]]] += 1;
    };
    add(passing);
    const step = others.findIndex((one) => one.slider === axis);
    if (step >= 0) add(failing[step]);
    histograms.set(axis.parameter, summed(counts, BINS, across));
  }
  return { conditions, place, lines, across, unknown, left, histograms, full };
}

// What the tables say for the ends of the slider: the galaxies left after each condition
// and the histograms. `least` is the count without those in cells cut by an end.
function readCube(tables, moving) {
  const { plan } = shared;
  const { conditions, place, lines, across, unknown, left, histograms, full } = tables;
  const scale = plan.total / plan.rows;
  const sum = (counts, line, [from, to]) =>
    to < from ? 0 : counts[line * across + to + 1] - counts[line * across + from];
  const { sure, perhaps } = full ? { sure: [0, 0], perhaps: [0, 0] } : codeRange(moving);
  const inside = (counts, line, range) =>
    sum(counts, line, range) + (!full && moving.keep ? sum(counts, line, [unknown, unknown]) : 0);
  const after = (from, take) => {
    let total = 0;
    for (let line = from; line < lines; line++) total += take(line);
    return total;
  };
  const all = (line) => sum(left, line, [0, unknown]);
  const kept = (range) => (line) => inside(left, line, range);
  const steps = conditions.map(({ short, words }, at) => {
    const isBefore = full || at < place;
    const from = isBefore ? at + 1 : at; // the moved one is in no line of its own
    return { short, words, left: after(from, isBefore ? all : kept(perhaps)) };
  });
  const most = steps.length ? steps.at(-1).left : plan.rows;
  const least = full ? most : after(lines - 1, kept(sure));
  const drawn = new Map();
  for (const [name, counts] of histograms) {
    const isOwn = name === moving.parameter;
    const bins = Array.from({ length: BINS }, (_, bin) =>
      isOwn ? sum(counts, bin, [0, unknown]) : inside(counts, bin, perhaps),
    );
    drawn.set(name, bins.map((count) => count * scale));
  }
  const share = most / plan.rows;
  const error =
    scale > 1 ? 1.96 * plan.total * Math.sqrt((share * (1 - share) * (1 - 1 / scale)) / plan.rows) : 0;
  for (const step of steps) step.left = Math.round(step.left * scale);
  return { steps, count: Math.round(most * scale), least: Math.round(least * scale), error, drawn };
}
