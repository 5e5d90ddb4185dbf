// Two fingers on the photo while a tool draws with one: they move and enlarge it.

/** began() is called when a second finger comes, then moved(factor, from, to) with the places between the fingers. */
export function watchPinch(box, began, moved) {
  const fingers = new Map();
  let last = null;
  const now = () => {
    const [[ax, ay], [bx, by]] = fingers.values();
    return { at: [(ax + bx) / 2, (ay + by) / 2], apart: Math.max(1, Math.hypot(ax - bx, ay - by)) };
  };
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size !== 2) return;
    last = now();
    began();
  });
  box.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size !== 2) return;
    const next = now();
    moved(next.apart / last.apart, last.at, next.at);
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, (event) => fingers.delete(event.pointerId));
}
