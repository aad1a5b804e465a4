// Sends its text once typing pauses, and when it loses the focus.

const PAUSE_MS = 400;

export default function ({ data, parentElement, setTriggerValue }) {
  const area = parentElement.querySelector("textarea");
  area.ariaLabel = data.label;
  if (area.dataset.revision !== String(data.revision)) {
    area.dataset.revision = String(data.revision);
    area.value = data.text;
    area.sent = data.text;
  }
  area.rows = Math.min(40, Math.max(12, area.value.split("\n").length + 1));
  const send = () => {
    clearTimeout(area.waiting);
    if (area.value === area.sent) return;
    area.sent = area.value;
    setTriggerValue("typed", area.value);
  };
  area.oninput = () => {
    clearTimeout(area.waiting);
    area.waiting = setTimeout(send, PAUSE_MS);
  };
  area.onblur = send;
}
