// The view of a notebook. nbconvert loads this where it would load MathJax.

const base = document.currentScript.src;

function load(path) {
  const script = document.createElement("script");
  script.src = new URL(path, base);
  script.async = false; // one after the other
  document.head.append(script);
  return script;
}

function render() {
  const delimiters = [
    { left: "$$", right: "$$", display: true },
    { left: "$", right: "$", display: false },
  ];
  const cells = document.querySelectorAll(".jp-RenderedMarkdown");
  for (const cell of cells) renderMathInElement(cell, { delimiters });
}

load("katex/katex.min.js");
load("katex/auto-render.min.js").onload = () => {
  // The scripts may come before the last cells have.
  if (document.readyState != "loading") render();
  else addEventListener("DOMContentLoaded", render);
};
