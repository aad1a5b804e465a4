// Drawing functions of all components.

// `looks` is a class, or properties with event handlers.
function element(tag, looks, ...content) {
  const properties = typeof looks === "string" ? { className: looks } : looks;
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...content);
  return node;
}

// Whether `root` must be redrawn: it is new, or its data changed.
function changed(root, data) {
  const signature = JSON.stringify(data);
  if (root.signature === signature) return false;
  root.signature = signature;
  return true;
}

// New content, in which the button at the same position has the focus.
function replaceContent(root, ...content) {
  const focused = [...root.querySelectorAll("button")].indexOf(root.querySelector(":focus"));
  root.replaceChildren(...content);
  root.querySelectorAll("button")[focused]?.focus();
}

// What a component exports: `draw` into its root, again whenever its data changed.
function component(draw) {
  return ({ data, parentElement, setTriggerValue }) => {
    const root = parentElement.querySelector("[role]");
    if (!changed(root, data)) return;
    root.ariaLabel = data.label;
    draw(root, data, setTriggerValue);
  };
}
