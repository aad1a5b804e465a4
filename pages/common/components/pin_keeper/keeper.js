// Pins outlive a session: the browser keeps them, and hands them to a new session of
// the same person.

let written;

function stored(store) {
  try {
    const pins = JSON.parse(window.localStorage.getItem(store));
    return Array.isArray(pins) ? pins : [];
  } catch {
    return []; // none kept, not ours, or storage is switched off
  }
}

function keep(store, text) {
  if (text === written) return; // another tab may have pinned others meanwhile
  written = text;
  try {
    window.localStorage.setItem(store, text);
  } catch {
    // Without storage pins last as long as the session.
  }
}

export default function ({ data, setTriggerValue }) {
  const store = data.person ? `morph-pins ${data.person}` : "morph-pins";
  if (data.pins) return keep(store, JSON.stringify(data.pins));
  const earlier = stored(store);
  if (earlier.length) setTriggerValue("found", earlier);
}
