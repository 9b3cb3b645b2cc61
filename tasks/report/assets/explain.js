"use strict";
(() => {
  const all = [...document.querySelectorAll(".stretch")];
  const bar = document.querySelector(".bar");
  const said = bar.querySelector(".why-now");
  const where = bar.querySelector(".where");
  const source = document.getElementById("source");
  let filter = "";
  let now = null;
  if (!all.length) return;
  bar.hidden = false;

  const chosen = () => all.filter((s) => s.classList.contains("removed") && (!filter || s.dataset.label === filter));

  function count() {
    const list = chosen();
    const at = list.indexOf(now);
    where.textContent = at < 0 ? `${list.length} removed` : `${at + 1} of ${list.length}`;
  }

  function show(stretch) {
    if (now) now.classList.remove("now");
    now = stretch;
    said.textContent = "";
    if (stretch) {
      stretch.classList.add("now");
      const detail = document.getElementById(`d${stretch.id.slice(1)}`);
      for (const part of detail.children) said.append(part.cloneNode(true));
    } else {
      const p = document.createElement("p");
      p.className = "soft";
      p.textContent = "Point at a stretch, or step through what was removed with j and k.";
      said.append(p);
    }
    count();
  }

  function step(by) {
    const list = chosen();
    if (!list.length) return;
    let at = list.indexOf(now);
    if (at < 0) {
      const from = now ? all.indexOf(now) : -1;
      const next = list.findIndex((s) => all.indexOf(s) > from);
      at = by > 0 ? (next < 0 ? 0 : next) : (next < 0 ? list.length : next) - 1;
    } else {
      at += by;
    }
    const target = list[(at + list.length) % list.length];
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    show(target);
  }

  const stretchOf = (event) => (event.target.closest ? event.target.closest(".stretch") : null);
  let held = null;
  document.addEventListener("focusin", (event) => { const s = stretchOf(event); if (s) { held = s; show(s); } });
  document.addEventListener("click", (event) => { const s = stretchOf(event); if (s) { held = s; show(s); } });
  let place = "";
  source.addEventListener("mousemove", (event) => {
    const here = `${event.screenX} ${event.screenY}`;
    if (here === place) return; // the page moved under the pointer, as it does when keys step
    place = here;
    const s = stretchOf(event);
    if (s && s !== now) show(s);
  });
  source.addEventListener("mouseleave", () => { if (now !== held) show(held); });

  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  }
  for (const button of document.querySelectorAll("[data-filter]")) {
    button.addEventListener("click", () => {
      filter = filter === button.dataset.filter ? "" : button.dataset.filter;
      for (const other of document.querySelectorAll("[data-filter]")) {
        other.setAttribute("aria-pressed", String(other.dataset.filter === filter));
      }
      document.body.classList.toggle("filtered", Boolean(filter));
      for (const s of all) s.classList.toggle("match", s.dataset.label === filter);
      count();
    });
  }
  document.addEventListener("mousemove", (event) => { place = `${event.screenX} ${event.screenY}`; });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { j: 1, n: 1, k: -1, p: -1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
    else if (event.key === "Escape") { held = null; if (document.activeElement) document.activeElement.blur(); show(null); }
  });
  show(null);
})();
