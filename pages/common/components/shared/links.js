// Galaxies and samples as links.

const GLYPH =
  '<svg viewBox="0 0 44 30" aria-hidden="true"><ellipse cx="22" cy="15" rx="17" ' +
  'ry="6.500" transform="rotate(-18 22 15)"/><circle cx="22" cy="15" r="3.500"/></svg>';

// A click stays in the session; with Ctrl, ⌘ or Shift the browser follows the link.
function onPlainClick(link, follow) {
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    follow();
  };
}
