// Small mends of the page: keyboard access, wide things, figures and print.

// What scrolls sideways can be scrolled with the arrow keys.
const SCROLLING =
  "div.arithmatex, .output, .html-output, .md-typeset__scrollwrap, pre > code," +
  ".jp-Cell pre, .jp-OutputArea-output, .katex-display";

// And it fades at the edge beyond which there is more of it. All are measured
// before any is changed: a browser lays the page out between the two.
function update(all) {
  const measured = all.map((e) => [e, e.scrollLeft, e.scrollWidth, e.clientWidth]);
  for (const [region, left, whole, shown] of measured) {
    if (whole > shown) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
    const more = [left > 1 && "left", whole - shown - left > 1 && "right"];
    region.dataset.more = more.filter(Boolean).join(" ");
    if (!region.dataset.more) delete region.dataset.more;
  }
}

const regions = [...document.querySelectorAll(SCROLLING)];
const observer = new ResizeObserver((entries) => {
  update(entries.map(({ target }) => target));
});
for (const region of regions) {
  observer.observe(region);
  region.addEventListener("scroll", () => update([region]), { passive: true });
}
// What arrives late, fonts and figures, widens the content, not the region.
document.fonts.ready.then(() => update(regions));
document.addEventListener("load", () => update(regions), true);

// A figure fills the screen until the next click or key.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.zoom");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  const image = link.firstElementChild.cloneNode();
  image.removeAttribute("style");
  dialog.className = "zoomed";
  dialog.append(image);
  dialog.addEventListener("close", () => dialog.remove());
  for (const kind of ["click", "keydown"]) {
    dialog.addEventListener(kind, () => dialog.close());
  }
  document.body.append(dialog);
  dialog.showModal();
});

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
const colors = document.querySelector("[data-md-component=palette]");
const [follow, light, dark] = colors.querySelectorAll("label");
if (matchMedia("(prefers-color-scheme: light)").matches) {
  const targets = [follow, light, dark].map((l) => [l.htmlFor, l.title]);
  const [toLight, toDark, toSystem] = targets;
  for (const [label, [id, title]] of [
    [follow, toDark], [dark, toLight], [light, toSystem],
  ]) Object.assign(label, { htmlFor: id, title });
}
colors.addEventListener(
  "keydown",
  (event) => {
    if (event.key != "Enter") return;
    event.stopPropagation(); // the theme would count the colors up
    colors.querySelector("label:not([hidden])").click();
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
