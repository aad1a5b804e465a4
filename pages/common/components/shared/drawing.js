// What all components draw with.

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// Whether `root` is to be drawn anew: it was not yet, or from other data.
function changed(root, data) {
  const signature = JSON.stringify(data);
  if (root.signature === signature) return false;
  root.signature = signature;
  return true;
}
