// One galaxy of a queue at a time: its image, the answers, and the next images ahead.

const FETCHED = 12; // images that are kept, shown and next ones
// Where text is typed, and where other components have keys of their own.
const NO_KEYS =
  "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], " +
  "[role=dialog], [role=option], [role=combobox], a.tile";
const OWN_ARROWS = "[role=tab], [role=radio], [role=slider], input[type=radio]";
const SHOWN_KEYS = { s: "S", u: "U", d: "D", 0: "0" };

// ---- What is shown

function drawPlace(root) {
  const { data, place } = root.labelling;
  root.dataset.number = place ? place.number : "";
  const parts = place ? [stage(root), panel(root)] : [finished(root)];
  root.replaceChildren(element("div", "sides", ...parts), root.labelling.status);
  tell(root);
  const typesTags = place && data.asked.kind === "tags" && matchMedia("(hover: hover)").matches;
  if (typesTags) root.querySelector("input").focus({ preventScroll: true });
}

function stage(root) {
  const { data, place, images } = root.labelling;
  const figure = element("figure", place.crisp ? "crisp" : "");
  const node = element("div", "stage", figure);
  if (place.picture) figure.append(images.get(place.picture));
  else figure.append(withoutImage(data, place));
  if (place.picture && place.bar) figure.append(scaleBar(place));
  return node;
}

function withoutImage(data, place) {
  if (!data.blind && place.bars?.length) return element("div", "without");
  const words = data.blind
    ? "No image of this galaxy, and while labelling blind nothing else is shown. Skip it, or switch Blind off."
    : "No image of this galaxy.";
  return element("div", "without", element("p", "", words));
}

// Name, position and vote fractions, where they are not hidden.
function about(place) {
  const bars = place.bars.map((one) =>
    element("div", "", line(one.words, one.probability.toFixed(2)),
      track(one.probability, one.low, one.high)),
  );
  const opened = { href: place.link, target: "_blank", title: "Open in a new tab" };
  const name = place.link ? element("a", opened, place.name) : element("b", "", place.name);
  return element("div", "about", name, element("div", "", place.place), ...bars);
}

function panel(root) {
  const { data, place, state } = root.labelling;
  const { answered, total, skipped } = state;
  const left = total - answered - skipped;
  const done = skipped ? `${answered} answered, ${skipped} skipped` : `${answered} answered`;
  const progress = element("progress", { max: total, value: answered });
  progress.ariaLabel = "Answered";
  return element(
    "div",
    "panel",
    element("div", "count", `${place.number + 1} of ${total}: ${done}`),
    progress,
    element("h3", "", data.asked.text),
    data.asked.kind === "tags" ? tagField(root) : answers(root),
    element("div", "others", ...others(root)),
    ...(left || !skipped ? [] : [element("p", "note", "Only skipped galaxies are left.")]),
    ...(data.blind ? [] : [about(place)]),
  );
}

function key(press) {
  return element("kbd", "", press);
}

// A button that takes no focus from a mouse, so that Enter keeps its meaning.
function push(looks, onclick, ...content) {
  const onmousedown = (event) => event.preventDefault();
  return element("button", { ...looks, onclick, onmousedown }, ...content);
}

function answers(root) {
  const { data, chosen } = root.labelling;
  const first = data.asked.kind === "rating" ? 0 : 1;
  const nodes = data.asked.answers.map((answer, place) => {
    const button = push({ className: "answer" }, () => choose(root, answer));
    button.append(key(String(place + first)), element("span", "", answer));
    button.ariaPressed = chosen.has(answer);
    return button;
  });
  if (data.asked.kind === "several") {
    const save = push({ className: "save" }, () => saveChosen(root), key("Enter"), "Save");
    save.disabled = !chosen.size;
    nodes.push(save);
  }
  return element("div", "answers", ...nodes);
}

function tagField(root) {
  const { data, chosen } = root.labelling;
  const input = element("input", {
    type: "text",
    value: [...chosen].join(", "),
    placeholder: "ring, tidal tail",
    ariaLabel: "Tags, separated by commas",
    maxLength: 180,
    autocomplete: "off",
  });
  input.onkeydown = (event) => {
    if (event.key === "Escape") input.blur();
    if (event.key === "Enter") saveTags(root, input.value);
  };
  const known = data.tags.map((tag) =>
    push({ className: "tag" }, () => {
      const typed = input.value.trim();
      input.value = typed ? `${typed}, ${tag}` : tag;
      input.focus();
    }, tag),
  );
  const save = push({ className: "save" }, () => saveTags(root, input.value), key("Enter"), "Save");
  const note = element("p", "note", "Esc leaves the field: then the keys below work.");
  return element("div", "answers", input, element("div", "tags", ...known), save, note);
}

function others(root) {
  const { data, place } = root.labelling;
  const { unknown, skip, undo } = data.keys;
  const back = push({ disabled: place.number === 0 }, () => turn(root, -1), key("←"), "Former");
  return [
    push({}, () => act(root, "unknown"), key(SHOWN_KEYS[unknown]), "Don’t know"),
    push({}, () => act(root, "skip"), key(SHOWN_KEYS[skip]), "Skip"),
    push({}, () => act(root, "undo"), key(SHOWN_KEYS[undo]), "Undo"),
    back,
    push({}, () => turn(root, 1), key("→"), "Next"),
  ];
}

function finished(root) {
  const { data, state } = root.labelling;
  return element(
    "div",
    "finished",
    element("h3", "", "The queue is finished"),
    element("p", "", `All ${state.total} images are answered. See Results, or start another queue.`),
    element("div", "others",
      push({}, () => act(root, "undo"), key(SHOWN_KEYS[data.keys.undo]), "Undo"),
      push({}, () => turn(root, -1), key("←"), "Former")),
  );
}

// ---- What happens

// Save state, for eyes and for screen readers.
function tell(root) {
  const { status, said, place, state } = root.labelling;
  const where = place && state ? ` Image ${place.number + 1} of ${state.total}.` : "";
  status.className = `status ${said.kind}`;
  status.replaceChildren(element("span", "", said.text), element("span", "unseen", where));
  for (const [words, then] of said.ways ?? []) status.append(push({}, then, words));
}

function say(root, kind, text, ways) {
  root.labelling.said = { kind, text, ways };
  tell(root);
}

// The image at an address, fetched once, decoded before it is shown.
function imageAt(root, address, number) {
  const { images } = root.labelling;
  if (!images.has(address)) {
    const image = element("img", { src: address, alt: `Galaxy ${number + 1} of the queue` });
    image.ready = image.decode().catch(() => {});
    images.set(address, image);
  }
  return images.get(address);
}

async function show(root, state) {
  const labelling = root.labelling;
  const [place, ...ahead] = state.places;
  Object.assign(labelling, { state, place: place ?? null });
  labelling.chosen = new Set(place?.done?.answer ?? []);
  if (place?.picture) {
    const image = imageAt(root, place.picture, place.number);
    await Promise.race([image.ready, new Promise((done) => setTimeout(done, 400))]);
    if (!image.complete || !image.naturalWidth) retry(root, place, image);
  }
  drawPlace(root);
  for (const one of ahead) if (one.picture) imageAt(root, one.picture, one.number);
  const old = [...labelling.images.keys()].slice(0, -FETCHED);
  for (const address of old) labelling.images.delete(address);
}

// An image that has not come: it is asked for again, and can be answered without.
function retry(root, place, image) {
  image.onerror = () => {
    const again = new URL(place.picture, location.origin);
    again.searchParams.set("again", Date.now());
    setTimeout(() => {
      if (root.labelling.place === place) image.src = again;
    }, 1500);
  };
  if (image.complete) image.onerror();
}

function seen(root) {
  const { place, images } = root.labelling;
  const image = place?.picture && images.get(place.picture);
  return Boolean(image && image.complete && image.naturalWidth);
}

function actOf(root, kind, answer = []) {
  const { data, place } = root.labelling;
  return {
    kind,
    id: newId(),
    who: data.who,
    permit: data.permit,
    number: place ? place.number : 0,
    answer,
    stretch: data.look.stretch ?? "",
    zoom: data.look.zoom ?? "",
    blind: data.blind,
    pictured: seen(root),
  };
}

// Post an act, and show what is next once it is saved.
async function send(root, given) {
  const labelling = root.labelling;
  if (labelling.busy) return;
  labelling.busy = true;
  const saves = given.kind !== "look";
  if (saves) keepAct(labelling.data, given);
  const waiting = (why) => say(root, "away", `Not saved yet: ${why}. Trying again …`);
  try {
    const state = await posted(labelling.data, given, waiting);
    if (saves) keepAct(labelling.data, null);
    labelling.busy = false;
    if (root.labelling !== labelling) return; // another queue is shown meanwhile
    labelling.said = { kind: saves ? "saved" : "", text: saves ? "Saved" : "" };
    await show(root, state);
  } catch (error) {
    labelling.busy = false;
    const again = () => send(root, given);
    const drop = () => {
      keepAct(labelling.data, null);
      look(root, labelling.place ? labelling.place.number : -1);
    };
    const ways = [["Try again", again], ...(saves ? [["Discard this answer", drop]] : [])];
    say(root, "away", `${saves ? "Not saved" : "Not loaded"}: ${error.message}`, ways);
  }
}

const act = (root, kind, answer) => send(root, actOf(root, kind, answer));
const look = (root, number) => send(root, { ...actOf(root, "look"), number });

function choose(root, answer) {
  const { data, chosen } = root.labelling;
  if (data.asked.kind !== "several") return act(root, "answer", [answer]);
  chosen.delete(answer) || chosen.add(answer);
  drawPlace(root);
}

function saveChosen(root) {
  const { chosen } = root.labelling;
  if (chosen.size) act(root, "answer", [...chosen]);
}

function saveTags(root, typed) {
  const tags = typed.split(/[,;]/).map((tag) => tag.trim()).filter(Boolean);
  if (tags.length) act(root, "answer", tags);
  else say(root, "away", "Enter a tag, or choose Don’t know.");
}

// To the former place, or the next one that has no answer.
function turn(root, by) {
  const { place, state } = root.labelling;
  if (by < 0) look(root, place ? place.number - 1 : state.total - 1);
  else if (state.places[1]) look(root, state.places[1].number);
}

function answerOf(data, pressed) {
  if (!/^[0-9]$/.test(pressed) || data.asked.kind === "tags") return undefined;
  return data.asked.answers[Number(pressed) - (data.asked.kind === "rating" ? 0 : 1)];
}

function onKey(root, event) {
  const { data, place, busy } = root.labelling;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const from = event.composedPath()[0];
  if (from.closest?.(NO_KEYS) || document.querySelector("[role=dialog]")) return;
  if (event.key.startsWith("Arrow") && from.closest?.(OWN_ARROWS)) return;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const { unknown, skip, undo } = data.keys;
  const answer = place && answerOf(data, pressed);
  const does =
    (answer !== undefined && (() => choose(root, answer))) ||
    (pressed === undo && (() => act(root, "undo"))) ||
    (pressed === "ArrowLeft" && place?.number !== 0 && (() => turn(root, -1))) ||
    (place && pressed === unknown && (() => act(root, "unknown"))) ||
    (place && pressed === skip && (() => act(root, "skip"))) ||
    (place && pressed === "ArrowRight" && (() => turn(root, 1))) ||
    (place && pressed === "Enter" && data.asked.kind === "several" &&
      from.tagName !== "BUTTON" && (() => saveChosen(root)));
  if (!does) return;
  event.preventDefault();
  if (!busy) does();
}

function stop(root) {
  if (root.onKey) document.removeEventListener("keydown", root.onKey);
  root.onKey = null;
}

function begin(root, data) {
  const before = root.labelling;
  const same = before && ["queue_id", "who", "permit"].every((one) => before.data[one] === data[one]);
  root.ariaLabel = data.label;
  if (same && before.state) {
    before.data = data;
    look(root, before.place ? before.place.number : -1);
    return;
  }
  const status = element("div", { className: "status", role: "status" });
  root.labelling = { data, status, images: new Map(), chosen: new Set(), said: { text: "" } };
  root.replaceChildren(status);
  // Typing goes on here, not in the field of the name that was just entered.
  root.tabIndex = -1;
  if (document.activeElement?.matches("input[type=text]")) root.focus();
  const kept = keptAct(data);
  if (kept) send(root, kept);
  else look(root, -1);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("[role]");
  if (changed(root, data)) begin(root, data);
  stop(root);
  root.onKey = (event) => {
    // A queue that is no longer shown answers nothing; nobody tells a fetched script so.
    if (!root.isConnected) stop(root);
    else if (root.labelling && root.checkVisibility()) onKey(root, event);
  };
  document.addEventListener("keydown", root.onKey);
}
