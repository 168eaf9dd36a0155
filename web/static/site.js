// Small mends of the page: keyboard access and print.

// What scrolls sideways can be scrolled with the arrow keys.
const SCROLLING = "div.arithmatex, div.output, .md-typeset__scrollwrap, pre > code";

function updateFocus(entries) {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
}

const observer = new ResizeObserver(updateFocus);
for (const region of document.querySelectorAll(SCROLLING)) {
  observer.observe(region);
}

// Labels that act as buttons obey the space bar; the theme handles Enter.
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches("label[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
});

// On paper nothing is folded.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
});
