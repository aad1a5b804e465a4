// Keeps what the server says where the sliders of the page find it.

// Histograms are written short: `tell_counts`.
function histogramsOf({ name, bins, counts }) {
  const filled = (text) => Array.from({ length: bins }, (_, bin) => Number(text[bin] ?? 0));
  const every = Object.entries(counts).map(([slider, text]) => [slider, filled(text.split(","))]);
  return { [name]: Object.fromEntries(every) };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("[role]");
  const text = JSON.stringify(data);
  if (root.text === text) return;
  root.text = text;
  const news = data.news ?? histogramsOf(data);
  window.morphSliders ??= { columns: new Map(), mounts: new Set(), sliders: new Map() };
  Object.assign(window.morphSliders, news);
  window.dispatchEvent(new CustomEvent("morph-news", { detail: news }));
}
