// Saves a draft while somebody writes, a moment after the last key. Whatever
// stands in the way is said beside the form; the button saves without script.
"use strict";
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const said = form.querySelector("[data-saved]");
  const counter = form.elements.namedItem("counter");
  let timer = 0;
  let stopped = false;
  let busy = false;
  const say = what => { said.textContent = said.dataset[what] || ""; };
  const save = async () => {
    if (stopped || busy) return;
    busy = true;
    const sent = new URLSearchParams(new FormData(form));
    try {
      const got = await fetch(form.action, { method: "POST", body: sent, redirect: "error" });
      if (got.ok) {
        counter.value = await got.text();
        say("savedText");
      } else {
        stopped = got.status === 409;
        say(stopped ? "conflictText" : "failedText");
      }
    } catch {
      say("failedText");
    }
    busy = false;
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 3000);
  });
  form.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
  for (const field of form.querySelectorAll("textarea[data-count]")) {
    const left = document.createElement("p");
    left.className = "note";
    const limit = Number(field.dataset.count);
    const show = () => { left.textContent = [...field.value].length + " / " + limit; };
    field.after(left);
    field.addEventListener("input", show);
    show();
  }
})();
