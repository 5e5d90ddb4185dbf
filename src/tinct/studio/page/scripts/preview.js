// The small picture that stands over the tiles while they are on their way: one request at a time, the newest wins.

import * as api from "./api.js";
import { complain } from "./announce.js";
import { calm } from "./dom.js";
import { emit } from "./store.js";

const SHORT_SIDE = 512;

export class Preview {
  /** image: the <img> that it is shown in. kind: result, before or uncertainty. */
  constructor(image, kind) {
    Object.assign(this, { image, kind, wanted: null, running: false, shown: -1, tiled: -1, id: null, url: null });
    this.revealing = null;
  }

  /** Forgets what is shown: another photo comes. */
  clear(photo) {
    Object.assign(this, { wanted: null, shown: -1, tiled: -1, id: photo?.id ?? null });
    this.image.hidden = true;
    this.image.removeAttribute("src");
  }

  /** Shows this revision of the photo as soon as it can be had, unless a newer one is wanted by then. */
  want(photo) {
    this.wanted = { ...photo };
    if (!this.running) this.run();
  }

  /** The tiles of a revision are complete. */
  done(revision) {
    this.tiled = revision;
    const hide = () => { if (this.shown <= this.tiled) this.image.hidden = true; };
    if (this.revealing) this.revealing.finally(hide);
    else hide();
  }

  async run() {
    this.running = true;
    while (this.wanted) {
      const photo = this.wanted;
      this.wanted = null;
      try {
        const blob = await api.firstLook(photo, this.kind, SHORT_SIDE);
        if (blob && photo.id === this.id && photo.revision > this.tiled) await this.show(blob, photo);
      } catch (fault) {
        if (fault.status === 429) await this.later(photo);
        else complain(fault);
      }
      if (this.kind === "result") emit("previewed", photo);
    }
    this.running = false;
  }

  // The server has too much to do: asked again soon, unless something newer is wanted by then.
  async later(photo) {
    await new Promise((resolve) => { setTimeout(resolve, 250); });
    this.wanted ??= photo;
  }

  async show(blob, photo) {
    const url = URL.createObjectURL(blob);
    const decoded = new Image();
    decoded.src = url;
    await decoded.decode().catch(() => {});
    if (photo.id === this.id && photo.revision > this.tiled) {
      const first = this.shown < 0;
      this.image.src = url;
      this.image.hidden = false;
      this.shown = photo.revision;
      if (first && !calm()) this.reveal();
      emit("preview", photo);
    }
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = url;
  }

  // The first colours sweep in over the grey photo, so that one sees them come.
  reveal() {
    const grey = this.image.cloneNode();
    grey.removeAttribute("id");
    grey.classList.add("grey");
    this.image.before(grey);
    const steps = [{ clipPath: "inset(0 100% 0 0)" }, { clipPath: "inset(0 0 0 0)" }];
    const sweep = this.image.animate(steps, { duration: 900, easing: "cubic-bezier(.5, 0, .2, 1)" });
    this.revealing = sweep.finished.catch(() => {}).then(() => { grey.remove(); this.revealing = null; });
  }
}
