// A download button is of the page as it was drawn last: pressed after a control was used,
// it waits until the page is drawn again. Runs that nobody asked for do not matter.

const BUTTONS = '[data-testid="stDownloadButton"] button';
const STATE = "data-test-script-state";
const AT_ONCE_MS = 150; // from the use of a control until the page says that it runs
const SOON_MS = 500; // until it runs at the latest

let usedAt = -Infinity;
let waiting = false;
let pressed = null; // the button that waits

function look() {
  const since = performance.now() - usedAt;
  const isRunning = document.querySelector(`[${STATE}]`)?.getAttribute(STATE) !== "notRunning";
  waiting = isRunning ? waiting || since < SOON_MS : since < AT_ONCE_MS;
  document.documentElement.classList.toggle("morph-waits", waiting);
  for (const button of document.querySelectorAll(BUTTONS)) button.ariaDisabled = waiting;
  if (waiting && !isRunning) setTimeout(look, AT_ONCE_MS);
  if (waiting || !pressed) return;
  const button = pressed;
  pressed = null;
  if (button.isConnected) button.click();
}

function note(event) {
  if (event.target instanceof Element && event.target.closest(BUTTONS)) return hold(event);
  if (event.key !== "Tab") usedAt = performance.now();
}

function hold(event) {
  if (event.type !== "click") return;
  pressed = null;
  look();
  if (!waiting) return;
  pressed = event.target.closest(BUTTONS);
  event.preventDefault();
  event.stopImmediatePropagation();
}

export default function () {
  if (window.morphFreshDownloads) return;
  window.morphFreshDownloads = true;
  for (const kind of ["click", "change", "keydown", "pointerup"])
    document.addEventListener(kind, note, true);
  new MutationObserver(look).observe(document.body, { subtree: true, attributeFilter: [STATE] });
}
