"use strict";
(() => {
  const buttons = [...document.querySelectorAll(".wrong")];
  const bar = document.querySelector(".picked");
  const said = bar.querySelector("span");
  const sample = [...document.querySelectorAll("[data-sample] .wrong")];
  const drawn = document.querySelectorAll("[data-sample] > li").length;
  const chosen = () => buttons.filter((button) => button.getAttribute("aria-pressed") === "true");

  // A basic TOML string: quotes, backslashes and control characters are escaped.
  const quoted = (text) => `"${text.replace(/["\\]/g, "\\$&").replace(/[\u0000-\u001f\u007f]/g, (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`)}"`;

  function lines() {
    const seen = new Map();
    for (const button of chosen()) {
      const { text, rule, article } = button.dataset;
      seen.set(text, `    ${quoted(text)},  # must stay: removed by ${rule}, article ${article}`);
    }
    return [...seen.values()].join("\n") + "\n";
  }

  async function copy() {
    const text = lines();
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  // Wilson's interval: what a sample says of the whole.
  function interval(wrong, all) {
    const z = 1.96;
    const share = wrong / all;
    const middle = (share + (z * z) / (2 * all)) / (1 + (z * z) / all);
    const half = (z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all))) / (1 + (z * z) / all);
    return [Math.max(0, middle - half), Math.min(1, middle + half)].map((p) => `${(100 * p).toFixed(1)}`);
  }

  async function tell() {
    const number = chosen().length;
    bar.hidden = number === 0;
    if (!number) return;
    const copied = await copy();
    const wrong = sample.filter((button) => button.getAttribute("aria-pressed") === "true").length;
    const [low, high] = wrong ? interval(wrong, drawn) : ["", ""];
    said.textContent =
      `${number} marked as wrong, ${copied ? "copied" : "not copied"} as must-keep lines.` +
      (wrong ? ` Of the sample ${wrong} of ${drawn} (95 %: ${low} to ${high} % of all removals).` : "");
  }

  for (const button of buttons) {
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? "Wrong" : "Wrong?";
      tell();
    });
  }
  bar.querySelector("[data-again]").addEventListener("click", tell);
  bar.querySelector("[data-none]").addEventListener("click", () => {
    for (const button of chosen()) {
      button.setAttribute("aria-pressed", "false");
      button.textContent = "Wrong?";
    }
    tell();
  });
})();
