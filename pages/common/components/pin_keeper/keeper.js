// Pins outlive a session: the browser keeps them, and hands them to a new session.

const STORE = "morph-pins";
let written;

function stored() {
  try {
    const found = JSON.parse(window.localStorage.getItem(STORE));
    return Array.isArray(found) ? found : [];
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
  if (data.pins) {
    store(JSON.stringify(data.pins));
    return;
  }
  const found = stored();
  if (found.length) setTriggerValue("found", found);
}
