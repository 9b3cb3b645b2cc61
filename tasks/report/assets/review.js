"use strict";
(() => {
  const bar = document.querySelector(".bar");
  const all = [...document.querySelectorAll(".stretch")];
  const steps = [...document.querySelectorAll(".stretch[data-seq]")];
  const said = bar && bar.querySelector(".why-now");
  const seq = bar && bar.querySelector("[name=seq]");
  let now = null;

  function show(stretch) {
    if (!stretch || !said) return;
    if (now) now.classList.remove("now");
    now = stretch;
    stretch.classList.add("now");
    said.textContent = "";
    const detail = document.getElementById(`d${stretch.id.slice(1)}`);
    if (detail) for (const part of detail.children) said.append(part.cloneNode(true));
    seq.value = stretch.dataset.seq || "";
  }

  function step(by) {
    if (!steps.length) return;
    const at = steps.indexOf(now);
    const target = steps[at < 0 ? (by > 0 ? 0 : steps.length - 1) : (at + by + steps.length) % steps.length];
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center" });
    show(target);
  }

  const stretchOf = (event) => (event.target.closest ? event.target.closest(".stretch") : null);
  document.addEventListener("focusin", (event) => show(stretchOf(event)));
  document.addEventListener("click", (event) => show(stretchOf(event)));
  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest && event.target.closest("select, input, textarea")) return;
    const by = { j: 1, n: 1, k: -1, p: -1 }[event.key];
    if (by) { event.preventDefault(); step(by); return; }
    if (!/^[a-z]$/.test(event.key)) return;
    const target = document.querySelector(`[data-key="${event.key}"]`);
    if (target && !target.disabled) { event.preventDefault(); target.click(); }
  });
  let sent = false;
  document.addEventListener("submit", (event) => {
    if (sent) event.preventDefault(); // a second press, before the next page is there
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
  if (steps.length) show(steps[0]);
  else if (all.length) show(document.querySelector(".stretch.chosen"));
})();
