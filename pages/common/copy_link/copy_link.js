// Copies the browser's own address; says so on the button for two seconds.

const ICON =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M9 15l6-6M8 11l-2.500 2.500a3.500 ' +
  '3.500 0 0 0 5 5L13 16M16 13l2.500-2.500a3.500 3.500 0 0 0-5-5L11 8"/></svg>';

function byHand(text) {
  // Pages served without https have no clipboard; an old command still copies.
  const area = document.createElement("textarea");
  area.value = text;
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

export default function ({ parentElement }) {
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("[role=status]");
  const say = (words) => (button.innerHTML = `${ICON}<span>${words}</span>`);
  if (!button.textContent) say("Copy link");
  button.onclick = async () => {
    const words = (await copy(window.location.href))
      ? "Link copied"
      : "Copy it from the address bar";
    say(words);
    status.textContent = words;
    setTimeout(() => {
      say("Copy link");
      status.textContent = "";
    }, 2000);
  };
}
