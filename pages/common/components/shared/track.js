// One vote fraction as a bar, with its interval if known.

function percent(share) {
  return `${Math.max(0, Math.min(100, 100 * share))}%`;
}

function track(share, low, high) {
  const fill = element("div", "fill");
  fill.style.width = percent(share);
  const node = element("div", "track", fill);
  if (low !== null && high !== null) {
    const interval = element("div", "interval");
    interval.style.left = percent(low);
    interval.style.width = percent(high - low);
    node.append(interval);
  }
  return node;
}

// The texts over a bar.
function line(words, numbers) {
  return element("div", "line", element("span", "", words), element("span", "", numbers));
}
