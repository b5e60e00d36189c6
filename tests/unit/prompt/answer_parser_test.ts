import { assertEquals } from "@std/assert";
import { answerParser } from "../../../src/prompt/answer_parser.ts";
import {
  call,
  type Family,
  PARIS,
  PARIS_JSON,
  ROME,
  ROME_JSON,
  testFamilies,
  TOOLS,
} from "../../testing/answer_families.ts";

const FAMILIES: Readonly<Record<string, Family>> = {
  "Llama 3": {
    sign: '{"name": function name, "parameters": arguments} tools',
    answers: [
      ['{"name": "get_weather", "parameters": {"city": "Paris"}}', {
        calls: [PARIS],
      }],
      [`${PARIS_JSON}; ${ROME_JSON}`, { calls: [PARIS, ROME] }],
      [`<|python_tag|>${PARIS_JSON}\n${ROME_JSON}`, { calls: [PARIS, ROME] }],
      [`[${PARIS_JSON}, ${ROME_JSON}]`, { calls: [PARIS, ROME] }],
      ['{"name": "get_weather", "parameters": "{\\"city\\": \\"Paris\\"}"}', {
        calls: [PARIS],
      }],
      ['{"name": "other", "parameters": {}}', {
        content: '{"name": "other", "parameters": {}}',
      }],
      ['{"answer": 42} is it', { content: '{"answer": 42} is it' }],
      ['{"name": "get_weather", "param', {
        content: '{"name": "get_weather", "param',
      }],
      [`Here: ${PARIS_JSON}`, { content: `Here: ${PARIS_JSON}` }],
    ],
  },
  "Qwen and Hermes": {
    sign: "<tool_call> </think>",
    answers: [
      [`<tool_call>\n${PARIS_JSON}\n</tool_call>`, { calls: [PARIS] }],
      [
        `<think>\nhm\n</think>\n\nLet me see.\n<tool_call>\n${PARIS_JSON}\n</tool_call>\n` +
        `<tool_call>\n${ROME_JSON}\n</tool_call>`,
        { thinking: "hm\n", content: "Let me see.", calls: [PARIS, ROME] },
      ],
      [`<tool_call>${PARIS_JSON}\n${ROME_JSON}</tool_call> done`, {
        content: "done",
        calls: [PARIS, ROME],
      }],
      [`<tool_call>\n${PARIS_JSON}`, { calls: [PARIS] }],
      ["<tool_call>{broken}</tool_call> sorry", {
        content: "<tool_call>{broken}</tool_call> sorry",
      }],
      ["a <tool_cal", { content: "a <tool_cal" }],
      ["a  b < c\n", { content: "a  b < c\n" }],
      [
        '<tool_call>{"name": "get_weather", "arguments": {"city": "}{\\"]"}}</tool_call>',
        { calls: [call({ city: '}{"]' })] },
      ],
    ],
  },
  "Qwen-Coder": {
    sign: "<tool_call> <function=name>",
    answers: [
      [
        "Sure.\n<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n" +
        "<parameter=days>\n2\n</parameter>\n<parameter=exact>\nTrue\n</parameter>\n</function>\n</tool_call>",
        {
          content: "Sure.",
          calls: [call({ city: "Paris", days: 2, exact: true })],
        },
      ],
      [
        "<function=get_weather><parameter=city>two\nlines</parameter></function>",
        { calls: [call({ city: "two\nlines" })] },
      ],
      [
        '<tool_call><function=get_weather><parameter=where>{"a": [1]}</parameter></function></tool_call>',
        { calls: [call({ where: { a: [1] } })] },
      ],
      ["<function=bad name>x</function>", {
        content: "<function=bad name>x</function>",
      }],
    ],
  },
  Functionary: {
    sign: "<function=",
    answers: [
      [
        '<function=get_weather>{"city": "Paris"}</function>\n' +
        '<function=get_weather>{"city": "Rome", "days": 2}</function>',
        { calls: [PARIS, ROME] },
      ],
      ["<function=get_weather>Paris</function>", {
        content: "<function=get_weather>Paris</function>",
      }],
    ],
  },
  GLM: {
    sign: "<tool_call>{name}<arg_key>",
    answers: [
      [
        "\n<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n" +
        "<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
        { calls: [call({ city: "Paris", days: 2 })] },
      ],
      ["<tool_call>get_weather</tool_call>", { calls: [call({})] }],
      ["<tool_call>not a call</tool_call>", {
        content: "<tool_call>not a call</tool_call>",
      }],
    ],
  },
  Mistral: {
    sign: "[TOOL_CALLS]",
    answers: [
      [`[TOOL_CALLS] [${PARIS_JSON}, ${ROME_JSON}]`, { calls: [PARIS, ROME] }],
      [
        '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}, "id": "abc123def"}]',
        { calls: [call({ city: "Paris" }, "abc123def")] },
      ],
      [
        'Wait.[TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}[TOOL_CALLS]get_weather[CALL_ID]x1[ARGS]{"days": 1}',
        { content: "Wait.", calls: [PARIS, call({ days: 1 }, "x1")] },
      ],
      ["[TOOL_CALLS] none today", { content: "[TOOL_CALLS] none today" }],
    ],
  },
  "Command-R": {
    sign: "Action:\n```json",
    answers: [
      [
        'Action: ```json\n[\n    {\n        "tool_name": "get_weather",\n        "parameters": {"city": "Paris"}\n    }\n]```',
        { calls: [PARIS] },
      ],
      [
        'Action:```json\n[{"tool_name": "directly_answer", "parameters": {}}]```\nHi',
        { content: "Hi" },
      ],
      ["Action: run", { content: "Action: run" }],
    ],
  },
  "Command-A": {
    sign: "<|START_ACTION|> <|START_THINKING|><|END_THINKING|>",
    answers: [[
      "<|START_THINKING|>plan<|END_THINKING|><|START_ACTION|>[\n" +
      '    {"tool_call_id": "0", "tool_name": "get_weather", "parameters": {"city": "Paris"}}\n]<|END_ACTION|>',
      { thinking: "plan", calls: [PARIS] },
    ]],
  },
  DeepSeek: {
    sign: "<｜tool▁call▁begin｜>",
    answers: [
      [
        "One moment<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n" +
        '```json\n{"city": "Paris"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n' +
        '```json\n{"city": "Rome", "days": 2}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        { content: "One moment", calls: [PARIS, ROME] },
      ],
      [
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"city": "Paris"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        { calls: [PARIS] },
      ],
      [
        "<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{oops<｜tool▁call▁end｜>",
        {
          content:
            "<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{oops<｜tool▁call▁end｜>",
        },
      ],
    ],
  },
  "Gemma 4": {
    sign: "<|tool_call>call:",
    answers: [
      [
        '<|tool_call>call:get_weather{city:<|"|>Paris, "FR"<|"|>,days:2,where:{a:[true,null]}}<tool_call|>',
        {
          calls: [
            call({ city: 'Paris, "FR"', days: 2, where: { a: [true, null] } }),
          ],
        },
      ],
      ["<|tool_call>call:get_weather{city<tool_call|>", {
        content: "<|tool_call>call:get_weather{city<tool_call|>",
      }],
    ],
  },
  FunctionGemma: {
    sign: "<start_function_call>",
    answers: [[
      "<start_function_call>call:get_weather{city:<escape>Paris<escape>}<end_function_call>",
      { calls: [PARIS] },
    ]],
  },
  Granite: {
    sign: "<|tool_call|>",
    answers: [[`<|tool_call|>[${PARIS_JSON}, ${ROME_JSON}]`, {
      calls: [PARIS, ROME],
    }]],
  },
  "gpt-oss": {
    sign: "<|channel|>analysis<|message|>",
    answers: [
      [
        "<|channel|>analysis<|message|>Think.<|end|><|start|>assistant<|channel|>final<|message|>Hello <|x|>",
        { thinking: "Think.", content: "Hello <|x|>" },
      ],
      [
        "<|channel|>analysis<|message|>Think.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather " +
        '<|constrain|>json<|message|>{"city": "Paris"}<|call|>',
        { thinking: "Think.", calls: [PARIS] },
      ],
      [
        '<|start|>assistant to=functions.get_weather<|channel|>commentary json<|message|>{"city": "Paris"}',
        { calls: [PARIS] },
      ],
      [
        "<|channel|>commentary<|message|>I will look.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather<|message|>{oops<|call|>",
        { content: "I will look.{oops" },
      ],
      ["Just text", { content: "Just text" }],
    ],
  },
  "DeepSeek's thinking": {
    sign: "</think>",
    prompt: "<｜Assistant｜><think>\n",
    answers: [["a\n</think>\n\nb", { thinking: "a\n", content: "b" }]],
  },
};

testFamilies(FAMILIES);

Deno.test("AnswerParser gives each call as soon as it is complete", () => {
  const parser = answerParser({
    source: { jinja: "<tool_call>" },
    prompt: "",
    tools: TOOLS,
    splitThinking: true,
  })!;
  assertEquals(parser.add("Sure. "), [{ type: "content", text: "Sure." }]);
  assertEquals(parser.add(`<tool_call>${PARIS_JSON}`), []);
  assertEquals(parser.add("</tool_call>"), [{ type: "call", call: PARIS }]);
  assertEquals(parser.add("\n"), []);
  assertEquals(parser.add(`<tool_call>${ROME_JSON}</tool_call>`), [
    { type: "call", call: ROME },
  ]);
  assertEquals(parser.end(), []);
});

Deno.test("answerParser() has nothing to tell apart when not asked to split", () => {
  const parser = answerParser({
    source: { jinja: "<tool_call> </think>" },
    prompt: "",
    tools: [],
    splitThinking: false,
  });
  assertEquals(parser, undefined);
});
