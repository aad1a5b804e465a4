// A grid of links with one tab stop: arrows, Home and End move inside it.

function bar(item) {
  const box = element("div");
  const line = element("div", "line");
  line.append(
    element("span", "", item.words),
    element("span", "", item.probability.toFixed(2)),
  );
  box.append(line, track(item.probability, item.low, item.high));
  return box;
}

function spoken(tile) {
  const caption = tile.caption
    ? `, ${tile.caption.words} ${tile.caption.probability.toFixed(2)}`
    : "";
  const note = tile.note ? `, ${tile.note}` : "";
  return `${tile.iauname}${caption}${note}${tile.picture ? "" : ", no image"}`;
}

function picture(tile) {
  const frame = element("div", "frame");
  if (tile.picture) {
    const image = element("img");
    image.src = tile.picture;
    image.alt = "";
    image.loading = "lazy";
    image.width = image.height = 128;
    image.onerror = () => image.replaceWith(withoutPicture(tile));
    frame.append(image);
  } else {
    frame.append(withoutPicture(tile));
  }
  const about = element("div", "about");
  about.append(element("div", "", tile.iauname), element("div", "", tile.place));
  frame.append(about);
  return frame;
}

function withoutPicture(tile) {
  const box = element("div", "without");
  const glyph = element("div");
  glyph.innerHTML = GLYPH;
  glyph.style.textAlign = "center";
  const bars = element("div", "bars");
  bars.append(...tile.bars.map(bar));
  tile.bars.forEach((item, i) => {
    const before = (other, j) =>
      other.probability > item.probability ||
      (other.probability === item.probability && j < i);
    bars.children[i].dataset.rank = 1 + tile.bars.filter(before).length;
  });
  box.append(glyph, bars);
  return box;
}

// Buttons for the mouse; the tile itself listens to their keys.
function buttons(tile, actions, act) {
  const box = element("div", "actions");
  for (const { name, sign, words, key } of actions) {
    const button = element("button", "", sign);
    button.type = "button";
    button.tabIndex = -1;
    button.title = `${words} (${key})`;
    button.setAttribute("aria-label", words);
    button.onclick = (event) => {
      event.preventDefault();
      event.stopPropagation();
      act(name, tile.iauname);
    };
    box.append(button);
  }
  return box;
}

function draw(tile, open, actions, act) {
  const link = element("a", "tile");
  link.href = tile.link;
  link.setAttribute("aria-label", spoken(tile));
  const frame = picture(tile);
  if (actions.length) frame.append(buttons(tile, actions, act));
  link.append(frame);
  link.onkeydown = (event) => {
    const action = actions.find(({ key }) => key === event.key);
    if (!action) return;
    event.stopPropagation(); // a page may listen to the same key
    act(action.name, tile.iauname);
  };
  if (tile.caption) {
    const caption = bar(tile.caption);
    caption.className = "caption";
    link.append(caption);
  }
  if (tile.note) link.append(element("div", "note", tile.note));
  onPlainClick(link, () => open(tile.iauname));
  return link;
}

// After a key turns the page, the gallery keeps the focus.
function turn(grid, event, data, report) {
  const by = Object.hasOwn(data.turning, event.key) ? data.turning[event.key] : 0;
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  grid.turned = true;
  report(by);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const grid = parentElement.querySelector(".gallery");
  grid.setAttribute("aria-label", data.label);
  grid.classList.toggle("one-row", data.one_row);
  grid.style.setProperty("--side", `${data.side}px`);
  grid.onkeydown = (event) => {
    moveStop([...grid.children], event, columnsOf(grid));
    turn(grid, event, data, (by) => setTriggerValue("turn", by));
  };
  if (!changed(grid, [data.tiles, data.actions])) return;
  const turned = grid.turned && parentElement.querySelector(":focus");
  grid.turned = false;
  const open = (iauname) => setTriggerValue("open", iauname);
  const act = (name, iauname) => setTriggerValue("act", { name, iauname });
  grid.replaceChildren(...data.tiles.map((tile) => draw(tile, open, data.actions, act)));
  stopAt([...grid.children]);
  if (turned) grid.children[0]?.focus();
}
