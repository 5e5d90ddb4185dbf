// What happened, said: to screen readers through a live region, to all in a short message at the bottom.

import { byId, element, icon } from "./dom.js";
import { t } from "./strings.js";

let pending;

/** Says it to screen readers only. Of a quick series only the last is said. */
export function say(text) {
  clearTimeout(pending);
  pending = setTimeout(() => { byId("live").textContent = text; }, 120);
}

/** Shows a message for a while. action: {text, run} adds a button. */
export function notify(text, action = null) {
  say(text);
  return show(text, "toast", action, 6000);
}

/** Shows an error, until it is closed. */
export function complain(fault) {
  if (fault?.name === "AbortError" || fault?.status === 0) return null;
  const text = typeof fault === "string" ? fault : fault.message;
  if (!(typeof fault === "string" || "status" in fault)) console.error(fault);
  return show(text, "toast error", null, 20000);
}

function show(text, style, action, duration) {
  const toasts = byId("toasts");
  const toast = element("div", { class: style, role: style.includes("error") ? "alert" : null }, element("p", {}, text));
  const close = () => toast.remove();
  if (action)
    toast.append(element("button", { class: "quiet", onclick: () => { close(); action.run(); } }, action.text));
  toast.append(element("button", { class: "icon", "aria-label": t("close"), onclick: close }, icon("close")));
  toasts.append(toast);
  while (toasts.children.length > 3) toasts.firstElementChild.remove();
  setTimeout(close, duration);
  return toast;
}
