// Render formulas with KaTeX: JSON in, JSON out.
//
// stdin:  [["x^2", false], …]   TeX, and whether it stands on its own line
// stdout: [{"html": "…"} or {"error": "…"}, …]   in the same order

import { readFileSync } from "node:fs";
import katex from "katex";

function render([tex, displayMode]) {
  try {
    const options = { displayMode, strict: "error", throwOnError: true };
    return { html: katex.renderToString(tex, options) };
  } catch (error) {
    const marks = /^KaTeX parse error: |\u0332/g; // U+0332 underlines letters
    return { error: error.message.replaceAll(marks, "") };
  }
}

const formulas = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(formulas.map(render)));
