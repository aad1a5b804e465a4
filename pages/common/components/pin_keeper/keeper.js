// Pins outlive a session: the browser keeps them, and hands them to a new session.

const STORE = "morph-pins";
let written;

function stored() {
  try {
    const pins = JSON.parse(window.localStorage.getItem(STORE));
    return Array.isArray(pins) ? pins : [];
  } catch {
    return []; // none kept, not ours, or storage is switched off
  }
}

function store(text) {
  if (text === written) return; // another tab may have pinned others meanwhile
  written = text;
  try {
    window.localStorage.setItem(STORE, text);
  } catch {
    // Without storage pins last as long as the session.
  }
}

export default function ({ data, setTriggerValue }) {
  if (data.pins) return store(JSON.stringify(data.pins));
  const earlier = stored();
  if (earlier.length) setTriggerValue("found", earlier);
}
