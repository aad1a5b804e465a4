// Keeps what the server says where the sliders of the page find it.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("[role]");
  const text = JSON.stringify(data.news);
  if (root.text === text) return;
  root.text = text;
  window.morphSliders ??= { columns: new Map(), mounts: new Set(), sliders: new Map() };
  Object.assign(window.morphSliders, data.news);
  window.dispatchEvent(new CustomEvent("morph-news", { detail: data.news }));
}
