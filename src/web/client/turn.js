/**
 * One turn of a conversation on the page.
 *
 * @module
 */

import { element } from "./dom.js";

/** What somebody said, or the model is saying. */
export class Turn {
  #text = element("div", { className: "text" });
  #thought = element("div", { className: "text" });
  #thinking = element(
    "details",
    { hidden: true },
    element("summary", {}, "Thinking"),
    this.#thought,
  );
  #note = element("p", { className: "bill", hidden: true });
  #article;
  #content = "";

  /**
   * @param {"user" | "assistant"} role
   * @param {string} name
   * @param {string} text
   */
  constructor(role, name, text = "") {
    this.#article = element(
      "article",
      { className: `turn ${role}` },
      element("h3", {}, name),
      this.#thinking,
      this.#text,
      this.#note,
    );
    this.add(text);
  }

  /** Where it is on the page. */
  get node() {
    return this.#article;
  }

  /** All that was said so far. */
  get content() {
    return this.#content;
  }

  /** @param {string} text */
  add(text) {
    this.#content += text;
    this.#text.append(text);
  }

  /** @param {string} text */
  think(text) {
    this.#thinking.hidden &&= text === "";
    this.#thought.append(text);
  }

  /**
   * What it took, or what went wrong.
   * @param {string} text
   * @param {boolean} wrong
   */
  note(text, wrong = false) {
    this.#note.hidden = false;
    this.#note.textContent = text;
    this.#note.classList.toggle("wrong", wrong);
    if (wrong) {
      this.#note.setAttribute("role", "alert");
    }
  }
}
