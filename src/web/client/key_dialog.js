/**
 * Asks for an API key.
 *
 * @module
 */

import { keyStore } from "./api.js";
import { byId, write } from "./dom.js";

/** The dialog, which opens by itself no more than once for the same key. */
export class KeyDialog {
  #dialog = byId("key-dialog", HTMLDialogElement);
  #input = byId("key", HTMLInputElement);
  /** @type {string | null | undefined} */
  #refused;

  /** @param {() => void} onChange Called when there is another key, or none. */
  constructor(onChange) {
    byId("key-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const { checked } = byId("key-remember", HTMLInputElement);
      keyStore.write(this.#input.value.trim(), checked);
      this.#dialog.close();
      onChange();
    });
    byId("key-forget", HTMLButtonElement).addEventListener("click", () => {
      keyStore.clear();
      this.#dialog.close();
      onChange();
    });
    byId("key-cancel", HTMLButtonElement).addEventListener(
      "click",
      () => this.#dialog.close(),
    );
  }

  /** Opens it, to enter another key. */
  open() {
    write("key-problem", "");
    this.#show();
  }

  /** The server asks for a key, or does not know the one it got. */
  refuse() {
    const key = keyStore.read();
    if (this.#refused !== key) {
      this.#refused = key;
      write("key-problem", key === null ? "" : "This key is not valid.");
      this.#show();
    }
  }

  #show() {
    byId("key-forget", HTMLElement).hidden = keyStore.read() === null;
    this.#input.value = "";
    if (!this.#dialog.open) {
      this.#dialog.showModal();
    }
  }
}
