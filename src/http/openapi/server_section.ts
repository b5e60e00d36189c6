/**
 * What the server tells of itself.
 *
 * @module
 */

import * as v from "valibot";
import { anyObject, text } from "./answer_fields.ts";
import { OllamaError } from "./errors.ts";
import {
  json,
  type Operation,
  type Section,
  text as plain,
} from "./operation.ts";

/** A route whose only answer is that it has nothing to do here. */
function refused(summary: string, status: number): Operation {
  return { summary, answers: { [status]: json(OllamaError) } };
}

/** The server itself. */
export const SERVER_SECTION: Section = {
  name: "Server",
  description: "Who is there, and what is not",
  operations: {
    "GET /": {
      summary: "The page for browsers; `Ollama is running` for others",
      answers: { 200: { ...plain(), ...plain("text/html") }, 304: {} },
    },
    "GET /web/{file}": {
      summary: "Files of the page",
      path: { file: text },
      answers: {
        200: {
          ...plain("text/html"),
          ...plain("text/javascript"),
          ...plain("text/css"),
          ...plain("image/svg+xml"),
        },
        304: {},
      },
      errors: ["not_found"],
    },
    "GET /api/version": {
      summary: "The version of Ollama whose API this is",
      answers: { 200: json(v.object({ version: text })) },
    },
    "GET /api/status": {
      summary: "Says that there is no cloud",
      answers: {
        200: json(v.object({
          cloud: v.object({ disabled: v.literal(true), source: text }),
        })),
      },
    },
    "POST /api/me": refused("Ollama's accounts: there are none", 503),
    "POST /api/signout": refused("Ollama's accounts: there are none", 401),
    "DELETE /api/user/keys/{key}": {
      ...refused("Ollama's accounts: there are none", 401),
      path: { key: text },
    },
    "POST /api/experimental/web_search": refused("There is no search", 403),
    "POST /api/experimental/web_fetch": refused("There is no fetch", 403),
    "GET /openapi.json": {
      summary: "This document",
      answers: { 200: json(anyObject) },
    },
    "GET /docs": {
      summary: "This document as a page",
      answers: { 200: plain("text/html") },
    },
  },
};
