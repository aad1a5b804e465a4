// Galaxies and samples as links with images.

const GLYPH =
  '<svg viewBox="0 0 44 30" aria-hidden="true"><ellipse cx="22" cy="15" rx="17" ' +
  'ry="6.500" transform="rotate(-18 22 15)"/><circle cx="22" cy="15" r="3.500"/></svg>';

// A click stays in the session; with Ctrl, ⌘ or Shift the browser follows the link.
function link(looks, follow, ...content) {
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    follow();
  };
  return element("a", { ...looks, onclick }, ...content);
}

// The image at an address, or `without()` if there is none or it fails to load.
function picture(address, without) {
  if (!address) return without();
  const image = element("img", { loading: "lazy", alt: "", src: address });
  image.onerror = () => image.replaceWith(without());
  return image;
}

function glyph() {
  return element("div", { innerHTML: GLYPH }).firstChild;
}
