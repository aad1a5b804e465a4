// The browser's address: copied by a button, changed to go to a page, and kept in a
// history that has one entry for each view.

const ICON =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M9 15l6-6M8 11l-2.500 2.500a3.500 ' +
  '3.500 0 0 0 5 5L13 16M16 13l2.500-2.500a3.500 3.500 0 0 0-5-5L11 8"/></svg>';

function byHand(text) {
  // Pages served without https have no clipboard; an old command still copies.
  const area = element("textarea", { value: text });
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

async function copy(text) {
  if (!navigator.clipboard) return byHand(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byHand(text);
  }
}

function sameValues(here, there) {
  const values = (url, name) => url.searchParams.getAll(name).join("\n");
  return [...there.searchParams.keys()]
    .filter((name) => here.searchParams.has(name))
    .every((name) => values(here, name) === values(there, name));
}

const TAKES_TEXT = "input, textarea, select, [contenteditable], [role=slider]";
const OWN_VALUE = "[role=radio], [role=option], [role=tab]"; // they are no buttons

// Whether a click or a key asks for something, rather than setting a control, whose
// value Streamlit writes into the present entry, or choosing a page, which is an entry.
function isPressed(event) {
  const path = event.composedPath().filter((node) => node instanceof Element);
  const isIn = (selector) => path.some((node) => node.matches(selector));
  return event.type === "keydown" ? !isIn(TAKES_TEXT) : isIn("button") && !isIn(OWN_VALUE);
}

// After a page change Streamlit writes the parameters into the address one by one, each
// as an entry of its own: the back button would go through half a selection. What only
// adds parameters to a view, or takes some away, therefore replaces its entry; but the
// first change after a button was pressed, as to take a filter away, or after a slider was
// moved, is another view.
function oneEntryAView() {
  if (window.morphOneEntryAView) return;
  window.morphOneEntryAView = true;
  let pressed = false;
  const look = (event) => (pressed = isPressed(event));
  let moved = false;
  window.morphMoved = () => (moved = true); // a slider, which is a view of its own
  document.addEventListener("click", look, true);
  document.addEventListener("keydown", look, true);
  const push = window.history.pushState.bind(window.history);
  window.morphPush = push;
  window.history.pushState = (state, unused, url) => {
    const here = new URL(window.location.href);
    const there = new URL(url ?? "", here);
    const sameView = here.pathname === there.pathname && sameValues(here, there);
    if (sameView && !pressed && !moved) window.history.replaceState(state, unused, url);
    else push(state, unused, url);
    pressed = moved = false;
    if (here.pathname !== there.pathname) window.morphChosen = ""; // that page begins
  };
}

// Whether another page was chosen, which has not begun yet (first.js): going elsewhere now
// would undo that choice.
function choosingAnother() {
  const chosen = window.morphChosen;
  window.morphChosen = "";
  return Boolean(chosen) && chosen !== window.location.pathname;
}

// As if the user had gone back or forward there: the page then takes the whole of its
// state from the address. (st.switch_page refuses parameters that widgets are bound to,
// and leaves addresses with half a selection in the history.)
function goOnce({ href, instead, turn }) {
  if (window.morphTurn === turn) return;
  window.morphTurn = turn;
  if (choosingAnother()) return;
  if (instead) window.history.replaceState({}, "", href);
  else window.morphPush({}, "", href); // another view, though it may only add to this one
  window.dispatchEvent(new PopStateEvent("popstate"));
}

// With its release, which the address omits while it is the one that morph opens with:
// tomorrow that may be another.
function permanent(release) {
  const link = new URL(window.location.href);
  if (release) link.searchParams.set("release", release);
  return link.href;
}

export default function ({ data, parentElement }) {
  oneEntryAView();
  if (data.go) goOnce(data.go);
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("[role=status]");
  const say = (words) => (button.innerHTML = `${ICON}<span>${words}</span>`);
  if (!button.textContent) say("Copy link");
  button.onclick = async () => {
    const words = (await copy(permanent(data.release)))
      ? "Link copied"
      : "Copy the link from the address bar";
    say(words);
    status.textContent = words;
    setTimeout(() => {
      say("Copy link");
      status.textContent = "";
    }, 2000);
  };
}
