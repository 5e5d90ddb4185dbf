// A reference as something to take a colour from: by a click, or by arrow keys and Enter.

import * as api from "./api.js";
import { clamp, element } from "./dom.js";
import * as pipette from "./pipette.js";
import { state } from "./store.js";
import { t } from "./strings.js";

export function referencePicker(reference) {
  const at = [0.5, 0.5];
  const dot = element("span", { class: "dot" });
  const image = element("img", { src: api.referencePreview(state.current, reference.id), alt: "" });
  const box = element("div", { class: "pickable", role: "application", tabindex: 0,
    "aria-label": t("pipette.reference", { name: reference.name }) }, image, dot);
  const show = () => { dot.style.left = `${100 * at[0]}%`; dot.style.top = `${100 * at[1]}%`; };
  box.addEventListener("click", (event) => {
    const frame = image.getBoundingClientRect();
    const [x, y] = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
    pipette.takeFromReference(reference.id, [clamp(x), clamp(y)]);
  });
  box.addEventListener("keydown", (event) => {
    const far = event.shiftKey ? 0.1 : 0.02;
    const steps = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    if (event.key in steps) {
      at[0] = clamp(at[0] + steps[event.key][0]);
      at[1] = clamp(at[1] + steps[event.key][1]);
      show();
    } else if (event.key === "Enter" || event.key === " ") pipette.takeFromReference(reference.id, at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  show();
  return box;
}
