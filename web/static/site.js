// Small mends of the page: keyboard access and print.

// What scrolls sideways can be scrolled with the arrow keys.
const SCROLLING =
  "div.arithmatex, .output, .html-output, .md-typeset__scrollwrap, pre > code," +
  ".jp-Cell pre, .jp-OutputArea-output, .katex-display";

function updateFocus(region) {
  if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
  else region.removeAttribute("tabindex");
}

const regions = document.querySelectorAll(SCROLLING);
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) updateFocus(target);
});
for (const region of regions) observer.observe(region);
// Fonts that arrive late widen the content and not the region.
document.fonts.ready.then(() => regions.forEach(updateFocus));

// The theme opens every fold to print the page. Only those that the reader has
// open are printed: a worksheet comes without its answers.
for (const fold of document.querySelectorAll("details")) {
  fold.classList.toggle("was-open", fold.open);
  fold.firstElementChild.addEventListener("click", () => {
    fold.classList.toggle("was-open", !fold.open);
  });
}

// Two labels of the header act as buttons: with scripts they are buttons.
const LABELS = { __drawer: "Menu", __search: "Search" };

for (const [id, name] of Object.entries(LABELS)) {
  const label = document.querySelector(`.md-header__button[for=${id}]`);
  const button = document.createElement("button");
  button.className = label.className;
  button.title = name;
  button.setAttribute("for", id); // the theme's styles ask for it
  button.append(...label.childNodes);
  button.addEventListener("click", () => label.click());
  label.className = "";
  label.hidden = true;
  label.after(button);
}

// From the system's colors the first click leads to the others: the theme goes
// by way of the light ones, where nothing changes for who has them already.
const palette = document.querySelector("[data-md-component=palette]");
const [follow, light, dark] = palette.querySelectorAll("label");
if (matchMedia("(prefers-color-scheme: light)").matches) {
  const targets = [follow, light, dark].map((l) => [l.htmlFor, l.title]);
  const [toLight, toDark, toSystem] = targets;
  for (const [label, [id, title]] of [
    [follow, toDark], [dark, toLight], [light, toSystem],
  ]) Object.assign(label, { htmlFor: id, title });
}
palette.addEventListener(
  "keydown",
  (event) => {
    if (event.key != "Enter") return;
    event.stopPropagation(); // the theme would count the colors up
    palette.querySelector("label:not([hidden])").click();
  },
  { capture: true },
);

// Escape closes the menu.
document.addEventListener("keydown", (event) => {
  const menu = document.getElementById("__drawer");
  if (event.key === "Escape" && menu.checked) menu.click();
});

// Names for what the theme leaves without one.
const search = document.querySelector(".md-search");
search?.setAttribute("aria-label", "Search");
for (const nav of document.querySelectorAll(".md-nav[aria-expanded]")) {
  const title = nav.querySelector(".md-nav__title").textContent.trim();
  nav.removeAttribute("aria-labelledby");
  nav.removeAttribute("aria-expanded");
  nav.setAttribute("aria-label", title);
}
for (const box of document.querySelectorAll("[type=checkbox]:disabled")) {
  box.setAttribute("aria-label", box.checked ? "Done" : "Open");
}
for (const cell of document.querySelectorAll("th:empty")) {
  cell.replaceWith(document.createElement("td"));
}

// The copy buttons of the theme are landmarks, one for each block of code.
function nameLandmarks() {
  const landmarks = document.querySelectorAll("nav.md-code__nav");
  for (const [index, landmark] of landmarks.entries()) {
    landmark.setAttribute("aria-label", `Code ${index + 1}`);
  }
}

nameLandmarks();
new MutationObserver(nameLandmarks).observe(document.body, {
  childList: true,
  subtree: true,
});
