// Elements made from data: text is only ever text, so nothing that a file is named can become markup.

/** An element: element("button", {class: "primary", onclick}, "text", child). Keys with a value of null are left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "color") made.style.setProperty("--color", value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((each) => each !== null && each !== undefined));
  return made;
}

/** A symbol of the sprite in index.html. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export const byId = (id) => document.getElementById(id);

export const clamp = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Whether keys belong to the element that has the focus: a field of text or a choice. */
export function typing(target = document.activeElement) {
  return target?.matches?.("input:not([type=checkbox], [type=radio], [type=range], [type=file]), textarea, select") ?? false;
}
