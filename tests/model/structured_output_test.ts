import { assert, assertEquals } from "@std/assert";
import { createModel, post, readLines, usage } from "../testing/api.ts";
import { findModel } from "../testing/models.ts";
import { startServer } from "../testing/server.ts";

const gguf = findModel("smollm2");

const PERSON = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 20 },
    age: { type: "integer", minimum: 0, maximum: 150 },
    colour: { enum: ["red", "green"] },
  },
  required: ["name", "age", "colour"],
};

Deno.test({
  name: "answers keep to their format, and every token is counted once",
  ignore: gguf === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using server = await startServer();
    const url = server.baseUrl;
    await createModel(url, "m", gguf ?? "");
    const messages = [{ role: "user", content: "Invent a person." }];
    const options = { num_predict: 300, seed: 1 };
    let prompt = 0;
    let generated = 0;

    await t.step("any JSON object, streamed by chat", async () => {
      const response = await post(`${url}/api/chat`, {
        model: "m",
        messages,
        format: "json",
        options,
      });
      let text = "";
      for await (const line of readLines(response)) {
        const { content } = line["message"] as { content: string };
        text += content;
        prompt += Number(line["prompt_eval_count"] ?? 0);
        generated += Number(line["eval_count"] ?? 0);
      }
      const value = JSON.parse(text);
      assert(typeof value === "object" && !Array.isArray(value), text);
    });

    await t.step("a schema, at any temperature", async () => {
      for (const temperature of [0, 1, 2]) {
        const response = await post(`${url}/api/generate`, {
          model: "m",
          prompt: "Invent a person.",
          format: PERSON,
          stream: false,
          options: { ...options, temperature },
        });
        const body = await response.json();
        const { name, age, colour, ...rest } = JSON.parse(body.response);
        assert(typeof name === "string" && [...name].length <= 20);
        assert(Number.isInteger(age) && age >= 0 && age <= 150);
        assert(["red", "green"].includes(colour));
        assertEquals([rest, body.done_reason], [{}, "stop"]);
        prompt += body.prompt_eval_count;
        generated += body.eval_count;
      }
    });

    await t.step("a grammar in GBNF", async () => {
      const grammar = 'root ::= name (", " name){2}\nname ::= [A-Z] [a-z]{2,8}';
      const asked = { model: "m", messages, grammar, seed: 1, temperature: 1 };
      const chat = await post(`${url}/v1/chat/completions`, asked);
      const { choices: [choice], usage } = await chat.json();
      const names = /^[A-Z][a-z]{2,8}(, [A-Z][a-z]{2,8}){2}$/;
      assert(names.test(choice.message.content), choice.message.content);
      assertEquals(choice.finish_reason, "stop");
      prompt += usage.prompt_tokens;
      generated += usage.completion_tokens;
      const faulty = await post(`${url}/completion`, {
        model: "m",
        prompt: "Hi",
        grammar: 'root ::= "a',
      });
      assertEquals(faulty.status, 400);
      assertEquals(
        (await faulty.json()).error.message,
        'invalid grammar: line 1, column 12: expected "',
      );
    });

    await t.step("a keyword that cannot be held to is an error", async () => {
      const response = await post(`${url}/api/chat`, {
        model: "m",
        messages,
        format: { type: "object", properties: { a: { not: {} } } },
      });
      assertEquals([response.status, await response.json()], [400, {
        error: "Cannot hold the answer to this JSON Schema: unsupported " +
          'keyword "not" in "/properties/a"; leave it out',
      }]);
    });

    await t.step("the prompt is shown on demand", async () => {
      const response = await post(`${url}/api/chat`, {
        model: "m",
        messages,
        _debug_render_only: true,
      });
      const { _debug_info } = await response.json();
      assert(
        _debug_info.rendered_template.endsWith(
          "<|im_start|>user\nInvent a person.<|im_end|>\n" +
            "<|im_start|>assistant\n",
        ),
        _debug_info.rendered_template,
      );
    });

    const report = await usage(url, "?check=true");
    const [row] = report.usage;
    assertEquals(row?.requests, 5);
    assertEquals(row?.prompt_tokens, prompt);
    assertEquals(row?.completion_tokens, generated);
  },
});
