// A grid of links with one tab stop: arrows, Home and End move inside it.

const IN_VIEW = 2; // values under the caption of a tile

function bar({ words, probability, low, high }) {
  const texts = line(words, probability.toFixed(2));
  return element("div", "", texts, track(probability, low, high));
}

function spoken({ iauname, caption, values, note, picture }) {
  const answer = caption && `${caption.words} ${caption.probability.toFixed(2)}`;
  const others = values.map(([words, value]) => `${words} ${value}`);
  const texts = [iauname, answer, ...others, note, !picture && "no image"];
  return texts.filter(Boolean).join(", ");
}

// Names may be longer than a tile is wide: the pointer shows them in full.
function lines(values) {
  return values.map(([words, value]) => {
    const node = line(words, value);
    node.title = `${words} ${value}`;
    return node;
  });
}

// In place of an image: bars, ranked by probability, as small tiles hide the lower ones.
function answers(tile) {
  const ranked = [...tile.bars].sort((a, b) => b.probability - a.probability);
  const bars = tile.bars.map((item) => {
    const node = bar(item);
    node.dataset.rank = 1 + ranked.indexOf(item);
    return node;
  });
  return element("div", "without", glyph(), element("div", "bars", ...bars));
}

// What was done on the tiles of each gallery, and is not known to have arrived: of two
// messages that come while a page is drawn, the server gets the second. So every message
// has all of it, numbered.
const open = new Map();
let number = Date.now(); // above those of an earlier visit

function acts({ gallery, acts_done }, send) {
  const waiting = (open.get(gallery) ?? []).filter((act) => act.number > acts_done);
  open.set(gallery, waiting);
  return (name, iauname) => {
    waiting.push({ number: ++number, name, iauname });
    send("act", [...waiting]);
  };
}

// Buttons for the mouse; the tile itself listens to their keys.
function buttons(tile, actions, act) {
  const nodes = actions.map(({ name, sign, words, key }) => {
    const onclick = (event) => {
      event.preventDefault();
      event.stopPropagation();
      act(name, tile.iauname);
    };
    const title = `${words} (${key})`;
    return element("button", { tabIndex: -1, title, ariaLabel: words, onclick }, sign);
  });
  return element("div", "actions", ...nodes);
}

// Marked in view, and for screen readers.
function markPinned(node) {
  node.classList.add("pinned");
  node.ariaLabel += ", pinned";
}

function draw(tile, { actions, pinned }, act, send) {
  const about = element("div", "about");
  about.append(element("div", "", tile.iauname), element("div", "", tile.place));
  about.append(...lines(tile.values.slice(IN_VIEW)));
  const image = picture(tile.picture, () => answers(tile));
  const onkeydown = (event) => {
    const action = actions.find(({ key }) => key === event.key);
    if (!action) return;
    event.stopPropagation(); // a page may listen to the same key
    act(action.name, tile.iauname);
  };
  const node = link(
    { className: "tile", href: tile.link, ariaLabel: spoken(tile), onkeydown },
    () => send("open", tile.iauname),
    element("div", "frame", image, about, buttons(tile, actions, act)),
  );
  if (pinned.includes(tile.iauname)) markPinned(node);
  node.dataset.iauname = tile.iauname;
  if (tile.caption) node.append(element("div", "caption", bar(tile.caption)));
  node.append(...lines(tile.values.slice(0, IN_VIEW)));
  if (tile.note) node.append(element("div", "note", tile.note));
  return node;
}

// After a key turns the page, the gallery keeps the focus.
function turn(grid, event, turning, send) {
  const by = turning[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  grid.turned = true;
  send("turn", by);
}

// The tile of the galaxy that the visitor comes back from, once.
function returnTo(tile, { back }) {
  if (!tile || window.morphReturned === back.turn) return;
  window.morphReturned = back.turn;
  requestAnimationFrame(() => {
    tile.scrollIntoView({ block: "center" });
    tile.focus({ preventScroll: true, focusVisible: true });
  });
}

// The tiles from their short form, see packing.py.
function unpacked({ texts, rows }) {
  const text = (at, iauname) =>
    at === null ? null : texts[at].replaceAll("\0", encodeURIComponent(iauname));
  const bar = ([at, probability, low = null, high = null]) => {
    return { words: texts[at], probability, low, high };
  };
  const named = ([names, ...values]) =>
    values.map((value, index) => [texts[names].split("\n")[index], value]);
  return rows.map(([iauname, place, note, image, address, caption, bars, ...values]) => ({
    iauname,
    place,
    note: texts[note],
    picture: text(image, iauname),
    link: text(address, iauname),
    caption: caption && bar(caption),
    bars: bars.map(bar),
    values: named(values),
  }));
}

export default component((grid, data, send) => {
  grid.classList.toggle("one-row", data.one_row);
  grid.classList.toggle("scrolls", data.scrolls);
  grid.style.setProperty("--side", `${data.side}px`);
  const shown = unpacked(data.packed);
  const act = acts(data, send);
  const tiles = shown.map((tile) => draw(tile, data, act, send));
  grid.onkeydown = (event) => {
    moveStop(tiles, event, columnsOf(grid));
    turn(grid, event, data.turning, send);
  };
  const focused = grid.querySelector(":focus")?.closest(".tile")?.dataset.iauname;
  const turned = grid.turned && focused;
  grid.turned = false;
  grid.replaceChildren(...tiles);
  // A pinned galaxy keeps the focus; another page begins with its first one.
  const kept = turned
    ? tiles[0]
    : tiles.find(({ dataset }) => focused && dataset.iauname === focused);
  stopAt(tiles, kept);
  kept?.focus({ preventScroll: !turned });
  const back = shown.findIndex(({ iauname }) => iauname === data.back?.iauname);
  returnTo(tiles[back], data);
});
