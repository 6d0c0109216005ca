"use strict";
// Everything here happens on the device of whoever opens the file. The folding
// is that of the program, by its own table; the ranking is BM25 over folded
// syllables and pairs of neighbours. What is shown must cover the words it was
// asked for: likeness alone is no answer.
const Search = (() => {
  const K1 = 1.2, B = 0.4;
  // A pair of neighbours says more than its two syllables.
  const PAIR = 2;
  // A check answers if at least COVERS of its claim is in the message, or if the
  // message is but a few words and ASKED of them are in the check.
  const COVERS = 0.5, ASKED = 0.8, FEW = 12;
  const TONES = /[sfrxj]/;
  const VOWELS = /[aeiouy]/;

  function folder(table) {
    return (text) => {
      let out = "";
      for (const c of text.normalize("NFC")) out += table[c] ?? c.toLowerCase();
      return out;
    };
  }

  // cut makes the words of folded text: runs of letters and figures, one word a
  // character where a script has no spaces. Separators of thousands go, an
  // apostrophe is no boundary.
  const SINGLE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
  function cut(folded) {
    const text = folded.replace(/['’]/gu, "").replace(/https?:\/\/\S+|www\.\S+/gu, " ").replace(/(\d)[.,](?=\d{3}(?!\d))/gu, "$1");
    const out = [];
    for (const [run] of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
      if (SINGLE.test(run)) out.push(...run);
      else out.push(run);
    }
    return out;
  }

  // untelex reads a word typed in Telex with the input method switched off, in
  // folded letters: "dduwowcj" is "duoc". It is asked only for words that
  // nothing here contains, and its reading counts only if something does.
  function untelex(word) {
    if (word.length > 11 || !/^[a-z]+$/u.test(word)) return "";
    let out = "", tone = false, keys = 0;
    for (const c of word) {
      const hasVowel = VOWELS.test(out);
      if (TONES.test(c) && hasVowel && !tone) { tone = true; keys++; continue; }
      if (c === "z" && tone) { keys++; continue; }
      if ("aeo".includes(c) && out.includes(c) && !out.endsWith("qu")) { keys++; continue; }
      if (c === "d" && out.startsWith("d")) { keys++; continue; }
      if (c === "w") {
        keys++;
        if (!hasVowel) out += "u";
        continue;
      }
      out += c;
    }
    return keys > 0 ? out : "";
  }

  function pairs(words) {
    const out = [];
    for (let i = 0; i + 1 < words.length; i++) out.push(words[i] + " " + words[i + 1]);
    return out;
  }

  function build(checks, fold) {
    const docs = [], postings = new Map();
    let total = 0;
    checks.forEach((check, n) => {
      const claim = cut(fold(check.c)), rest = cut(fold([check.t, check.s].filter(Boolean).join("\n")));
      const terms = [...claim, ...pairs(claim), ...rest, ...pairs(rest)];
      const counts = new Map();
      for (const t of terms) counts.set(t, (counts.get(t) ?? 0) + 1);
      docs.push({ length: terms.length, claim: new Set([...claim, ...pairs(claim)]) });
      total += terms.length;
      for (const [t, times] of counts) {
        const list = postings.get(t);
        if (list) list.push([n, times]);
        else postings.set(t, [[n, times]]);
      }
    });
    return { docs, postings, mean: total / Math.max(1, docs.length), fold };
  }

  function query(index, text) {
    const words = cut(index.fold(text.slice(0, 20000))).map((w) => {
      if (index.postings.has(w)) return w;
      const read = untelex(w);
      return read && index.postings.has(read) ? read : w;
    });
    return { words, terms: new Set([...words, ...pairs(words)]) };
  }

  function find(index, text, limit) {
    const { words, terms } = query(index, text);
    const n = index.docs.length;
    const weight = (t) => {
      const df = index.postings.get(t)?.length ?? 0;
      return Math.log(1 + (n - df + 0.5) / (df + 0.5)) * (t.includes(" ") ? PAIR : 1);
    };
    const scores = new Map();
    let asked = 0;
    for (const t of terms) {
      const w = weight(t);
      if (!t.includes(" ")) asked += w;
      for (const [doc, times] of index.postings.get(t) ?? []) {
        const norm = K1 * (1 - B + B * index.docs[doc].length / index.mean);
        const s = scores.get(doc) ?? { doc, score: 0, met: 0 };
        s.score += w * times * (K1 + 1) / (times + norm);
        if (!t.includes(" ")) s.met += w;
        scores.set(doc, s);
      }
    }
    const out = [];
    for (const s of scores.values()) {
      let have = 0, whole = 0;
      for (const t of index.docs[s.doc].claim) {
        const w = weight(t);
        whole += w;
        if (terms.has(t)) have += w;
      }
      s.covers = have / whole;
      s.asked = s.met / asked;
      if (s.covers >= COVERS || s.asked >= ASKED && words.length <= FEW) out.push(s);
    }
    out.sort((a, b) => b.score - a.score || a.doc - b.doc);
    return out.slice(0, limit);
  }

  return { folder, cut, untelex, build, find };
})();

if (typeof document !== "undefined") {
  const byID = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(byID(id).textContent);
  const head = read("head"), checks = read("checks");
  const index = Search.build(checks, Search.folder(head.fold));
  let lang = "vi";
  let shown = null;
  const t = (key, values = {}) => {
    let s = head.words[lang][key] ?? "";
    for (const [name, value] of Object.entries(values)) s = s.replace("{" + name + "}", () => value);
    return s;
  };
  const el = (name, text, attributes = {}) => {
    const e = document.createElement(name);
    if (text !== undefined) e.textContent = text;
    for (const [k, v] of Object.entries(attributes)) if (v) e.setAttribute(k, v);
    return e;
  };
  const date = (day) => {
    const [y, m, d] = day.split("-").map(Number);
    if (lang === "vi") return `ngày ${d} tháng ${m} năm ${y}`;
    return new Date(Date.UTC(y, m - 1, d)).toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
  };
  // An address becomes a link only if it is one of the web.
  const link = (address, text, attributes) => /^https?:\/\//.test(address) ?
    el("a", text, { href: address, rel: "noopener noreferrer nofollow", ...attributes }) : el("span", text, attributes);

  function verdict(c) {
    if (c.x || !c.v && !c.r) return { words: t("read", { x: c.w }), sign: "" };
    if (!c.v) return { words: c.r, lang: c.l, by: t("rated", { x: c.w }), sign: "" };
    if (c.v === "not_rated") return { words: t("not_rated", { x: t("kind." + c.k) }), sign: "" };
    return { words: t("verdict." + c.v), sign: c.v };
  }

  function passages(text, tag) {
    const div = el("div", undefined, { lang: tag, dir: "auto" });
    for (const part of text.split(/\n\s*\n/)) {
      // Markdown is shown as words: a line that begins an item stays a line.
      const plain = part.replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, "$1 ($2)").replace(/\n(?!\s*(?:[-*+]|\d+\.)\s)/g, " ")
        .replace(/^\s*[-*+]\s+/gm, "• ").replace(/[*_`#>]+/g, "").trim();
      for (const line of plain.split("\n")) if (line.trim()) div.append(el("p", line.trim()));
    }
    return div;
  }

  function sources(c) {
    const out = [el("h4", t("evidence"))];
    for (const stance of ["for", "against", "context"]) {
      const some = c.e.filter((e) => e.s === stance);
      if (!some.length) continue;
      out.push(el("p", t(stance), { class: "note" }));
      const list = el("ul");
      for (const e of some) {
        const item = el("li");
        item.append(link(e.u ?? "", e.t || e.u || t("source"), { lang: c.l }));
        if (e.p) item.append(el("span", " · " + e.p));
        if (e.d) item.append(el("p", t("dated", { date: date(e.d) }), { class: "note" }));
        if (e.q) item.append(el("blockquote", e.q, { lang: c.l, dir: "auto" }));
        list.append(item);
      }
      out.push(list);
    }
    return out;
  }

  function facts(c) {
    const dl = el("dl");
    const owner = c.o ?? (c.ok ? t("owner." + c.ok) : t("undeclared"));
    const funders = c.f ?? (c.fk ? t("owner." + c.fk) : t("undeclared"));
    for (const [name, value] of [["desk", c.w], ["owner", owner], ["funders", funders]]) {
      dl.append(el("dt", t(name)), el("dd", value));
    }
    return dl;
  }

  function card(c) {
    const article = el("article"), v = verdict(c), foreign = c.l !== lang ? c.l : "";
    article.append(el("h3", c.t || c.c, { lang: c.l, dir: "auto" }));
    const stamp = el("p", undefined, { class: "verdict " + v.sign });
    stamp.append(el("span", v.words, { lang: v.lang }));
    article.append(stamp);
    if (v.by) article.append(el("p", v.by, { class: "note" }));
    article.append(el("p", t("claim") + ":", { class: "note" }), el("blockquote", c.c, { lang: c.l, dir: "auto" }));
    if (c.s) article.append(el("h4", t("why")), el("p", c.s, { lang: c.l, dir: "auto" }));
    if (foreign && t("lang." + foreign)) article.append(el("p", t("written", { x: t("lang." + foreign) }), { class: "note" }));
    article.append(facts(c));
    if (c.p) article.append(el("p", t(c.n ? "corrected" : "published", { date: date(c.p) }), { class: "note" }));
    if (c.b || c.e || c.d) {
      const details = el("details");
      details.append(el("summary", t("more")));
      if (c.b) details.append(passages(c.b, c.l));
      if (c.d) details.append(el("h4", t("todo")), passages(c.d, c.l));
      if (c.e) details.append(...sources(c));
      article.append(details);
    }
    const p = el("p");
    p.append(link(c.u, c.v ? t("online") : t("original")));
    article.append(p, el("p", t("fixed"), { class: "note" }));
    return article;
  }

  function results(focus) {
    byID("results").hidden = shown === null;
    if (shown === null) return;
    const none = shown.length === 0;
    byID("heading").textContent = shown === "empty" ? t("empty") : none ? t("none") : t("found", { n: String(shown.length) });
    byID("says").textContent = t("says");
    byID("says").hidden = !none;
    byID("list").replaceChildren(...(shown === "empty" ? [] : shown.map((s) => {
      const item = el("li");
      item.append(card(checks[s.doc]));
      return item;
    })));
    if (focus) byID("heading").focus();
  }

  function paint() {
    document.documentElement.lang = lang;
    document.title = t("title") + " · " + head.name;
    byID("site").textContent = head.name;
    byID("site").lang = "vi";
    for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
    for (const b of document.querySelectorAll("[data-lang]")) b.setAttribute("aria-pressed", String(b.dataset.lang === lang));
    byID("of").textContent = t("of") + " " + t("count", { n: String(checks.length) });
    const days = Math.floor((Date.now() - Date.parse(head.day)) / 86400000);
    byID("old").hidden = days < 30;
    byID("old").textContent = t("old", { n: String(days) });
    results(false);
  }

  byID("form").addEventListener("submit", (e) => {
    e.preventDefault();
    const text = byID("box").value;
    shown = text.trim() ? Search.find(index, text, 5) : "empty";
    results(true);
  });
  for (const b of document.querySelectorAll("[data-lang]")) b.addEventListener("click", () => { lang = b.dataset.lang; paint(); });
  paint();
}
