// The page's words: one file per language, looked up by key; {name} in them is filled in.

export const LANGUAGES = { en: "English", de: "Deutsch", zh: "中文" };

let words = {};
let plural = new Intl.PluralRules("en");
export let language = "en";

/** The words of a key. A `count` among the values chooses between key.one and key.other. */
export function t(key, values = {}) {
  const form = "count" in values ? `${key}.${plural.select(values.count)}` : key;
  const text = words[form] ?? words[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export function number(value, digits = 0) {
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function percent(share, digits = 0) {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: digits }).format(share);
}

/** Loads a language, by default the one chosen before or the browser's, and puts its words into the page. */
export async function speak(wanted = preferred()) {
  const response = await fetch(`/page/strings/${wanted}.json`);
  words = await response.json();
  language = wanted;
  plural = new Intl.PluralRules(wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-Hans" : wanted;
  translate(document.body);
}

export function choose(wanted) {
  localStorage.setItem("language", wanted);
  return speak(wanted);
}

/** Fills in all [data-t] (text) and [data-t-label] (name and tooltip) below an element. */
export function translate(root) {
  for (const each of root.querySelectorAll("[data-t]")) each.textContent = t(each.dataset.t);
  for (const each of root.querySelectorAll("[data-t-label]")) {
    const label = t(each.dataset.tLabel);
    each.setAttribute("aria-label", label);
    if (each.matches("button")) each.title = withKeys(label, each.getAttribute("aria-keyshortcuts"));
  }
}

function withKeys(label, keys) {
  return keys ? `${label} (${keys.replace("Control", t("key.control"))})` : label;
}

function preferred() {
  const chosen = localStorage.getItem("language");
  if (chosen in LANGUAGES) return chosen;
  const spoken = navigator.languages.map((each) => each.slice(0, 2));
  return spoken.find((each) => each in LANGUAGES) ?? "en";
}
