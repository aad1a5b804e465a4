// A control that is drawn again in another place gets back the focus that it had there.

// A node among these controls and how to find it again, else null.
function among(prefix, node) {
  const keyed = node.closest(`[class*="st-key-${prefix}"]`);
  const key = [...(keyed?.classList ?? [])].find((name) => name.startsWith(`st-key-${prefix}`));
  const role = node.getAttribute("role");
  const kind = node.tagName.toLowerCase() + (role ? `[role="${role}"]` : "");
  return key ? { node, selector: `.${key} ${kind}` } : null;
}

function keepFocus(prefix) {
  let focused = null; // last of all
  document.addEventListener("focusin", ({ target }) => (focused = among(prefix, target)));
  const giveBack = () => {
    const isLost = focused && !focused.node.isConnected;
    if (!isLost || document.activeElement !== document.body) return;
    document.querySelector(focused.selector)?.focus();
  };
  new MutationObserver(giveBack).observe(document.body, { childList: true, subtree: true });
}

export default function ({ data }) {
  window.morphFocusKept ??= new Set();
  if (window.morphFocusKept.has(data.prefix)) return;
  window.morphFocusKept.add(data.prefix);
  keepFocus(data.prefix);
}
