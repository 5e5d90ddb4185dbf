// A question before something is lost: yes or no, and no has the focus.

import { byId, element } from "./dom.js";
import { t } from "./strings.js";

/** Asks in a dialog; whether the answer is yes, which is called `yes`. */
export function sure(title, text, yes) {
  const dialog = byId("exists-dialog");
  return new Promise((resolve) => {
    const answer = (given) => () => { resolve(given); dialog.close(); };
    const no = element("button", { class: "primary", onclick: answer(false) }, t("cancel"));
    dialog.replaceChildren(element("h2", { id: "exists-title" }, title), element("p", {}, text),
      element("footer", {}, element("button", { class: "danger", onclick: answer(true) }, yes), no));
    dialog.addEventListener("cancel", answer(false), { once: true });
    dialog.showModal();
    no.focus();
  });
}
