// What a reader would stumble over on the page as it is shown now: a list of
// sentences. `figure.least` is the part of its size that a figure may shrink
// to, `figure.enough` the pixels that are enough for any.
(figure) => {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const report = (what, elements) => {
    if (elements.length) wrong.push(`${what}: ${elements.map(name)[0]}`);
  };
  const name = (e) => {
    const classes = [...e.classList].map((word) => `.${word}`).join("");
    const words = e.textContent.trim().slice(0, 40);
    return `${e.localName}${classes} ${e.getAttribute("src") ?? words}`;
  };
  const left = (e) => e.getBoundingClientRect().left;
  const style = (e) => getComputedStyle(e);
  const boxes = function* (e) {
    while ((e = e.parentElement)) yield e;
  };
  const clipped = (e) =>
    [...boxes(e)].some((box) => style(box).overflowX != "visible");

  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) {
    const out = all("body *").filter(
      (e) => e.getBoundingClientRect().right > innerWidth + 1 && !clipped(e),
    );
    const who = out.map(name).at(-1) ?? "";
    wrong.push(`scrolls sideways: ${width} of ${innerWidth} pixels, ${who}`);
  }

  const cut = (pre) =>
    [...boxes(pre)].some(
      (box) =>
        left(pre) + 0.5 < left(box) && style(box).overflowX != "visible",
    );
  report("code is cut off on the left", all("article pre").filter(cut));

  const CODE = ".katex, pre, code, script, style, .clipboard-copy-txt";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (/\$\$|\\frac|\\[([]/.test(text.data))
      if (!text.parentElement.closest(CODE))
        report("a formula is not rendered", [text.parentElement]);
  }

  const hides = (nav) => {
    const [a, b] = [nav, nav.parentElement.querySelector("code")].map((e) =>
      e.getBoundingClientRect(),
    );
    return a.width && a.bottom > b.top + 1 && a.top < b.bottom;
  };
  report("a button hides code", all("article .md-code__nav").filter(hides));

  // KaTeX breaks a formula of several parts, one of a single part cannot
  // break: a comma behind it must not begin the next line.
  const apart = (e) =>
    e.querySelectorAll(".katex-base, .base").length == 1 &&
    /^[,.;:!?]/.test(e.nextSibling?.textContent) &&
    !e.parentNode.matches(".glued");
  const formulas = all("article span.arithmatex");
  report("a line can begin with the comma of a formula", formulas.filter(apart));

  const least = (e) =>
    Math.min(figure.least * e.getAttribute("width"), figure.enough);
  report(
    "the words of a figure are too small",
    all("img.figure[width]").filter((e) => e.clientWidth < least(e)),
  );
  return wrong;
};
