/**
 * The page: what it asks for, how often, and what it shows when it may not.
 *
 * @module
 */

import { Api, ApiError, keyStore } from "./api.js";
import { ChatView } from "./chat_view.js";
import { byId, write } from "./dom.js";
import { KeyDialog } from "./key_dialog.js";
import { showCheck, showFigures, showLive, showModels } from "./now_view.js";
import { poll } from "./poll.js";
import { UsageView } from "./usage_view.js";

/** Pauses between questions about now, while requests are under way or not. */
const BUSY_MS = 1000;
const IDLE_MS = 2500;

/** Pause between questions about history and models. */
const SLOW_MS = 15_000;

/** Every so many questions about now ask for the self-check, too. */
const CHECK_EVERY = 8;

/** What the key allows: everything, models only, or nothing. */
/** @typedef {"all" | "models" | "nothing"} Access */

const NOTICES = {
  all: "",
  models: "This key may use models, but not see usage. " +
    "That takes a key made with --admin.",
  nothing: "This server asks for an API key.",
};

/** Changes when the key does. @type {Access} */
let access = "all";
let busy = false;
let questions = 0;

const dialog = new KeyDialog(() => {
  show("all");
  pollNow();
  pollSlowly();
});
const api = new Api(() => {
  show("nothing");
  dialog.refuse();
});
const chatView = new ChatView(api, () => pollNow());
const usageView = new UsageView(api, () => pollSlowly());

/**
 * Shows what may be seen, and says why the rest may not.
 * @param {Access} next
 */
function show(next) {
  access = next;
  document.body.dataset["access"] = next;
  byId("notice", HTMLElement).hidden = next === "all";
  byId("key-open", HTMLElement).hidden = keyStore.read() === null;
  write("notice-text", NOTICES[next]);
}

/**
 * Asks the server for something, and tells when it does not answer.
 * @param {() => Promise<void>} question
 */
async function ask(question) {
  try {
    await question();
    byId("offline", HTMLElement).hidden = true;
  } catch (error) {
    byId("offline", HTMLElement).hidden = error instanceof ApiError;
    if (error instanceof ApiError && error.status === 403) {
      show("models");
    }
  }
}

async function askNow() {
  const { models } = await api.read("api/ps");
  showModels(models);
  if (access === "models") {
    return;
  }
  const check = questions++ % CHECK_EVERY === 0;
  const query = `details=true&live=true${check ? "&check=true" : ""}`;
  /** @type {import("./api.js").Usage} */
  const usage = await api.read(`api/usage?${query}`);
  show("all");
  busy = usage.in_flight.length > 0;
  showFigures(usage, models);
  showLive(usage);
  if (usage.check !== undefined) {
    showCheck(usage.check.difference);
  }
}

async function askSlowly() {
  const response = await api.send("api/tags");
  write("version", (response.headers.get("Server") ?? "").replace("/", " "));
  /** @type {{ models: { name: string, capabilities: string[] }[] }} */
  const { models } = await response.json();
  const names = models
    .filter(({ capabilities }) => capabilities.includes("completion"))
    .map(({ name }) => name);
  chatView.offer(names);
  showExample(names[0] ?? "MODEL");
  if (access === "all") {
    await usageView.refresh();
  }
}

/**
 * What to try while nothing runs.
 * @param {string} model
 */
function showExample(model) {
  const body = JSON.stringify({ model, prompt: "Why is the sky blue?" });
  const url = new URL("api/generate", document.baseURI);
  write("live-example", `curl ${url} -d '${body}'`);
}

byId("key-open", HTMLElement).addEventListener("click", () => dialog.open());
byId("notice-key", HTMLElement).addEventListener("click", () => dialog.open());
show("all");
const pollSlowly = poll(() => ask(askSlowly), () => SLOW_MS);
const pollNow = poll(() => ask(askNow), () => busy ? BUSY_MS : IDLE_MS);
