"use strict";
// Draws the page's figures in the reader's light or dark, and again when that changes.
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const template = () => {
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink").trim();
    const line = style.getPropertyValue("--line").trim();
    const paper = style.getPropertyValue("--paper").trim();
    const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true };
    return {
      layout: {
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { color: ink, family: getComputedStyle(document.body).fontFamily },
        hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink } },
        xaxis: axis,
        yaxis: axis,
      },
    };
  };

  const draw = () => {
    for (const { key, data, layout } of figures) {
      const place = document.getElementById(`plot_${key}`);
      const themed = { ...structuredClone(layout), template: template() };
      Plotly.react(place, structuredClone(data), themed, {
        displayModeBar: false,
        responsive: true,
      });
    }
  };

  draw();
  dark.addEventListener("change", draw);
})();
