// A download button is of the page as it was drawn last: after a control was used it waits
// until the page is drawn again. Runs of the page that nobody asked for do not matter.

const BUTTONS = '[data-testid="stDownloadButton"] button';
const STATE = "data-test-script-state";
const AT_ONCE_MS = 150; // from the use of a control until the page says that it runs
const SOON_MS = 500; // until it runs at the latest

let usedAt = -Infinity;
let waiting = false;

function look() {
  const since = performance.now() - usedAt;
  const isRunning = document.querySelector(`[${STATE}]`)?.getAttribute(STATE) !== "notRunning";
  waiting = isRunning ? waiting || since < SOON_MS : since < AT_ONCE_MS;
  document.documentElement.classList.toggle("morph-waits", waiting);
  for (const button of document.querySelectorAll(BUTTONS)) button.ariaDisabled = waiting;
}

function note(event) {
  if (event.target instanceof Element && event.target.closest(BUTTONS)) return refuse(event);
  if (event.key !== "Tab") usedAt = performance.now();
}

function refuse(event) {
  if (event.type !== "click") return;
  look();
  if (!waiting) return;
  setTimeout(look, AT_ONCE_MS); // if nothing runs
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
