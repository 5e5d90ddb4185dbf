// Files on their way to the disk: one message for all that are saved together, with progress, and a way to stop.

import * as api from "./api.js";
import { complain, notify } from "./announce.js";
import { byId, element } from "./dom.js";
import { on, photoOf } from "./store.js";
import { t } from "./strings.js";

// Batches that are not done; and events of exports whose number the page does not know yet.
const batches = new Set();
const early = new Map();

on("exports", (made) => {
  const batch = [...batches].find((each) => each.shares.has(made.id));
  if (batch) batch.take(made);
  else early.set(made.id, made);
});

export class Batch {
  /** size: how many files there will be. folder: name of the folder they go to; without one they are downloads. */
  constructor(size, folder) {
    Object.assign(this, { size, folder, shares: new Map(), names: [], remarks: new Set(), over: 0 });
    this.bar = element("progress", { max: size, value: 0 });
    this.toast = element("div", { class: "toast saving" },
      element("label", {}, element("span", {}, t("saving", { count: size })), this.bar),
      element("button", { class: "quiet", onclick: () => this.stop() }, t("cancel")));
    batches.add(this);
    byId("toasts").append(this.toast);
  }

  /** An export that has begun. */
  add(id) {
    this.shares.set(id, 0);
    if (early.has(id)) this.take(early.get(id));
    early.delete(id);
  }

  /** One of the files is not to be saved. */
  skip() {
    this.close(null);
  }

  /** What the server tells of one of them. */
  take({ id, photo, state, progress, name, error, remarks }) {
    if (this.shares.get(id) === null) return;
    this.shares.set(id, progress ?? 0);
    if (state === "done") {
      this.names.push(name);
      for (const each of remarks ?? []) this.remarks.add(each);
      if (!this.folder) download(id, name);
    }
    if (state === "failed") complain(t("save.failed", { name: photoOf(photo)?.name ?? "", error: error ?? "" }));
    if (["done", "failed", "stopped"].includes(state)) this.close(id);
    this.bar.value = this.over + [...this.shares.values()].reduce((sum, share) => sum + (share ?? 0), 0);
  }

  close(id) {
    if (id) this.shares.set(id, null);
    this.over += 1;
    if (this.over < this.size) return;
    batches.delete(this);
    this.toast.remove();
    const count = this.names.length;
    if (!count) return;
    const what = count === 1 ? this.names[0] : t("saved.many", { count });
    for (const each of this.remarks) notify(each);
    notify(t(this.folder ? "saved.in" : "saved", { name: what, folder: this.folder }));
  }

  stop() {
    const going = [...this.shares].filter(([, share]) => share !== null).map(([id]) => id);
    for (const id of going) api.stopExport(id).catch(() => {}).then(() => this.shares.get(id) !== null && this.close(id));
  }
}

function download(id, name) {
  const link = element("a", { href: api.exportFile(id), download: name ?? "" });
  document.body.append(link);
  link.click();
  link.remove();
}
