// Keys for whoever goes through the queue all day. Everything they do can be
// done without them; they act only outside fields, and can be switched off,
// which this browser remembers.
"use strict";
(() => {
  const store = "sangto.keys";
  const toggle = document.querySelector("[data-keys-on]");
  let on = true;
  try { on = localStorage.getItem(store) !== "off"; } catch { /* kept for this page alone */ }
  if (toggle) {
    toggle.disabled = false;
    toggle.checked = on;
    toggle.addEventListener("change", () => {
      on = toggle.checked;
      try { localStorage.setItem(store, on ? "on" : "off"); } catch { /* as above */ }
    });
  }
  const links = () => [...document.querySelectorAll(".claims .claimlabel")];
  const here = () => {
    const row = document.activeElement?.closest(".claimrow");
    return row ? links().findIndex(a => row.contains(a)) : -1;
  };
  const move = by => {
    const all = links();
    if (all.length === 0) return;
    const at = Math.min(all.length - 1, Math.max(0, here() < 0 ? (by > 0 ? 0 : all.length - 1) : here() + by));
    all[at].focus();
    all[at].closest(".claimrow").scrollIntoView({ block: "nearest" });
  };
  const focus = id => { const e = document.getElementById(id); if (e) e.focus(); return !!e; };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    o: () => document.activeElement?.closest(".claimrow")?.querySelector(".claimlabel")?.click(),
    x: () => document.activeElement?.closest(".claimrow")?.querySelector("input[type=checkbox]")?.click(),
    r: () => focus("reason") || focus("kind"),
    w: () => focus("wording"),
    n: () => focus("note"),
    u: () => { location.assign("/desk/queue"); },
    "/": () => focus("find") || location.assign("/desk/queue/find"),
  };
  document.addEventListener("keydown", e => {
    if (!on || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.target.closest("textarea, select, input:not([type=checkbox])")) return;
    const act = keys[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });
})();
