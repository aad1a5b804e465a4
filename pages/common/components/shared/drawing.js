// Drawing functions of all components.

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// Whether `root` must be redrawn: it is new, or its data changed.
function changed(root, data) {
  const signature = JSON.stringify(data);
  if (root.signature === signature) return false;
  root.signature = signature;
  return true;
}
