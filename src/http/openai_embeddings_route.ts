/**
 * `POST /v1/embeddings`.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import { ServerError } from "../errors.ts";
import { readOptions, toRunner } from "../protocol/ollama_options.ts";
import { toInputs } from "../protocol/openai_completion.ts";
import { toEmbeddingList } from "../protocol/openai_embeddings.ts";
import { EmbeddingsRequest } from "../protocol/openai_types.ts";
import { readChecked } from "./body.ts";
import { callerFor } from "./caller.ts";
import type { AppDeps } from "./deps.ts";
import { requireEmbedding } from "./model_lookup.ts";
import { findOpenAiModel } from "./openai_generation.ts";
import { json, workFor } from "./respond.ts";

/** Embeds texts or tokens. */
export async function embeddings(c: Context, deps: AppDeps): Promise<Response> {
  const body = await readChecked(c.req.raw, EmbeddingsRequest);
  const model = await findOpenAiModel(deps, body.model);
  requireEmbedding(model, body.model);
  const inputs = toInputs(body.input);
  if (inputs.length === 0 || inputs.some((each) => each.length === 0)) {
    throw new ServerError("bad_request", "'input' must not be empty.", {
      param: "input",
    });
  }
  const { vectors, counts } = await deps.inference.embed({
    model,
    caller: callerFor(c, body.safety_identifier ?? body.user),
    inputs,
    truncate: false,
    runner: toRunner(readOptions(model.parameters)),
  }, workFor(c.req.raw).signal);
  return json(toEmbeddingList(body, vectors, counts));
}
