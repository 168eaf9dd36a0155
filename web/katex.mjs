// Render formulas with KaTeX: JSON in, JSON out.
//
// stdin:  [["x^2", false], …]   TeX, and whether it stands on its own line
// stdout: [{"html": "…"} or {"error": "…"}, …]   in the same order

import { readFileSync } from "node:fs";
import katex from "katex";

// KaTeX repeats the TeX in its MathML: half of the size, and nobody reads it.
const SOURCE = /<annotation .*?<\/annotation>/gs;

function render([tex, displayMode]) {
  try {
    const options = { displayMode, strict: "error", throwOnError: true };
    const html = katex.renderToString(tex, options).replace(SOURCE, "");
    return { html };
  } catch (error) {
    const marks = /^KaTeX parse error: |\u0332/g; // U+0332 underlines letters
    return { error: error.message.replaceAll(marks, "") };
  }
}

const formulas = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(formulas.map(render)));
