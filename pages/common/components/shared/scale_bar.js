// The scale bar of an image, `share` of its width, with its length in words.

function scaleBar({ bar, share }) {
  const node = element("div", "bar", element("span", "", bar), element("i"));
  node.style.width = `${100 * share}%`;
  return node;
}
