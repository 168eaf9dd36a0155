// Numbers with a proof: one stop of the Tab key, the arrows lead to the others.
const proofs = [...document.querySelectorAll(".proof")];
const first = proofs.find((proof) => !proof.closest("details:not([open])"));
if (first) first.tabIndex = 0;

// A hint at the right edge moves to the left, so that all of it is seen.
function place(proof) {
  const width = parseFloat(getComputedStyle(proof, "::after").width) || 0;
  const room = document.documentElement.clientWidth - 16 - width;
  const left = proof.getBoundingClientRect().left;
  proof.style.setProperty("--proof-left", `${Math.min(0, room - left)}px`);
}

for (const [index, proof] of proofs.entries()) {
  proof.addEventListener("mouseenter", () => place(proof));
  proof.addEventListener("focus", () => {
    for (const other of proofs) other.tabIndex = other === proof ? 0 : -1;
    proof.setAttribute("aria-description", proof.dataset.proof);
    place(proof);
  });
  proof.addEventListener("blur", () => {
    proof.removeAttribute("aria-description");
    proof.classList.remove("dismissed");
  });
  proof.addEventListener("mouseleave", () => {
    proof.classList.remove("dismissed");
  });
  proof.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    let at = index;
    // What is in a closed fold takes no focus.
    while (step && proofs[(at += step)] && document.activeElement === proof) {
      proofs[at].tabIndex = -1;
      proofs[at].focus();
      event.preventDefault();
    }
  });
}

// Escape takes a hint away without moving.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const proof of document.querySelectorAll(".proof:is(:hover, :focus)")) {
    proof.classList.add("dismissed");
  }
});
