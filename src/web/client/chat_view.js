/**
 * The chat box: tries a model, shows its answer as it comes, and what it took.
 *
 * @module
 */

import { billOfAnswer, billOfEntry, describeBill } from "./bill.js";
import { byId, element } from "./dom.js";
import { readNdjson } from "./ndjson.js";
import { Turn } from "./turn.js";

/** What is said of an answer that was stopped. */
const STOPPED = "Stopped";

/** How often the ledger is asked for a request that was stopped. */
const TRIES = 10;

/** How long to wait between, milliseconds. */
const PAUSE_MS = 200;

/** How far from the end somebody may have scrolled and still follow, pixels. */
const FOLLOW = 48;

/** A conversation with a model. */
export class ChatView {
  #api;
  #onUsed;
  #log = byId("chat-log", HTMLElement);
  #input = byId("chat-input", HTMLTextAreaElement);
  #model = byId("chat-model", HTMLSelectElement);
  /** @type {{ role: string, content: string }[]} */
  #messages = [];
  /** @type {AbortController | undefined} */
  #answering;

  /**
   * @param {import("./api.js").Api} api
   * @param {() => void} onUsed Called when a request has begun or ended.
   */
  constructor(api, onUsed) {
    this.#api = api;
    this.#onUsed = onUsed;
    const form = byId("chat-form", HTMLFormElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    byId("chat", HTMLElement).addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.stop();
      }
    });
    byId("chat-stop", HTMLButtonElement)
      .addEventListener("click", () => this.stop());
    byId("chat-new", HTMLButtonElement)
      .addEventListener("click", () => this.#clear());
  }

  /**
   * Offers models; the first is chosen when none was.
   * @param {readonly string[]} names
   */
  offer(names) {
    const chosen = this.#model.value;
    const known = [...this.#model.options].map(({ value }) => value);
    if (names.join("\n") !== known.join("\n")) {
      const options = names.map((name) => element("option", {}, name));
      this.#model.replaceChildren(...options);
      this.#model.value = names.includes(chosen) ? chosen : names[0] ?? "";
    }
    byId("chat-empty", HTMLElement).hidden = names.length > 0;
    byId("chat-hint", HTMLElement).hidden = names.length === 0;
    this.#setBusy(this.#answering !== undefined);
  }

  /** Stops the answer that is coming. */
  stop() {
    this.#answering?.abort();
  }

  #clear() {
    this.stop();
    this.#messages = [];
    this.#log.replaceChildren();
    this.#input.focus();
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    const send = byId("chat-send", HTMLButtonElement);
    const stop = byId("chat-stop", HTMLButtonElement);
    const focused = [send, stop].some((each) =>
      each === document.activeElement
    );
    send.hidden = busy;
    stop.hidden = !busy;
    send.disabled = this.#model.options.length === 0;
    this.#log.ariaBusy = String(busy);
    if (focused) {
      (busy ? stop : this.#input).focus();
    }
  }

  /** @param {Turn} turn */
  #append(turn) {
    this.#log.append(turn.node);
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** Does something to the log and stays at its end, unless scrolled away. @param {() => void} change */
  #follow(change) {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const atEnd = scrollHeight - scrollTop - clientHeight < FOLLOW;
    change();
    if (atEnd) {
      this.#log.scrollTop = this.#log.scrollHeight;
    }
  }

  async #send() {
    const content = this.#input.value.trim();
    const model = this.#model.value;
    if (content === "" || model === "" || this.#answering !== undefined) {
      return;
    }
    const messages = this.#messages;
    messages.push({ role: "user", content });
    this.#input.value = "";
    this.#append(new Turn("user", "You", content));
    const turn = new Turn("assistant", model);
    this.#append(turn);
    const abort = new AbortController();
    this.#answering = abort;
    this.#setBusy(true);
    this.#onUsed();
    const note = await this.#answer(turn, model, messages, abort.signal);
    if (turn.content !== "") {
      messages.push({ role: "assistant", content: turn.content });
    } else if (note.wrong) {
      messages.pop();
      this.#input.value ||= content;
    }
    this.#follow(() => turn.note(note.text, note.wrong));
    this.#answering = undefined;
    this.#setBusy(false);
    this.#onUsed();
    if (note.stoppedId !== undefined) {
      const text = await this.#billOf(note.stoppedId);
      this.#follow(() => turn.note(text));
    }
  }

  /**
   * Streams an answer into its turn; what to say at the end.
   * @param {Turn} turn
   * @param {string} model
   * @param {readonly object[]} messages
   * @param {AbortSignal} signal
   * @returns {Promise<{ text: string, wrong: boolean, stoppedId?: string }>}
   */
  async #answer(turn, model, messages, signal) {
    let id = "";
    try {
      const body = { model, messages, stream: true };
      const response = await this.#api.send("api/chat", { body, signal });
      id = response.headers.get("X-Request-Id") ?? "";
      for await (const part of readNdjson(/** @type {any} */ (response.body))) {
        if (part.error !== undefined) {
          return { text: String(part.error), wrong: true };
        }
        this.#follow(() => {
          turn.think(part.message?.thinking ?? "");
          turn.add(part.message?.content ?? "");
        });
        if (part.done) {
          return { text: describeBill(billOfAnswer(part)), wrong: false };
        }
      }
      return { text: "The answer ended too early.", wrong: true };
    } catch (error) {
      return signal.aborted
        ? { text: STOPPED, wrong: false, stoppedId: id }
        : { text: /** @type {Error} */ (error).message, wrong: true };
    }
  }

  /** What a request that was stopped took, if one may know. @param {string} id */
  async #billOf(id) {
    for (let i = 0; i < TRIES && id !== ""; i++) {
      try {
        const entry = await this.#api.read(`api/usage/requests/${id}`);
        if (entry.outcome !== "in_flight") {
          return `${STOPPED} · ${describeBill(billOfEntry(entry))}`;
        }
      } catch {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return STOPPED;
  }
}
