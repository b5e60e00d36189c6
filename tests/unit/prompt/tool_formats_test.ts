import {
  call,
  type Family,
  PARIS,
  PARIS_JSON,
  ROME,
  ROME_JSON,
  testFamilies,
} from "../../testing/answer_families.ts";

const FAMILIES: Readonly<Record<string, Family>> = {
  "DeepSeek V3.1": {
    sign: "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜> </think>",
    prompt: "<｜Assistant｜><think>",
    answers: [[
      "hm</think>Let me see.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>" +
      '{"city": "Paris"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>' +
      '{"city": "Rome", "days": 2}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
      { thinking: "hm", content: "Let me see.", calls: [PARIS, ROME] },
    ]],
  },
  "DeepSeek V3.2": {
    sign: "set dsml_token = '｜DSML｜' </think>",
    answers: [
      [
        "Let me see.\n\n<｜DSML｜function_calls>\n" +
        '<｜DSML｜invoke name="get_weather">\n' +
        '<｜DSML｜parameter name="city" string="true">Paris</｜DSML｜parameter>\n' +
        "</｜DSML｜invoke>\n" +
        '<｜DSML｜invoke name="get_weather">\n' +
        '<｜DSML｜parameter name="city" string="true">Rome</｜DSML｜parameter>\n' +
        '<｜DSML｜parameter name="days" string="false">2</｜DSML｜parameter>\n' +
        "</｜DSML｜invoke>\n</｜DSML｜function_calls>",
        { content: "Let me see.", calls: [PARIS, ROME] },
      ],
      [
        '<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n' +
        '<｜DSML｜parameter name="where" string="false">{"a": [1]}</｜DSML｜parameter>\n' +
        '<｜DSML｜parameter name="days" string="true">2</｜DSML｜parameter>\n' +
        "</｜DSML｜invoke>",
        { calls: [call({ where: { a: [1] }, days: "2" })] },
      ],
      ['<｜DSML｜invoke name="get_weather">oops</｜DSML｜invoke>', {
        content: '<｜DSML｜invoke name="get_weather">oops</｜DSML｜invoke>',
      }],
    ],
  },
  "MiniMax-M2": {
    sign: "<minimax:tool_call> </think>",
    answers: [
      [
        '<minimax:tool_call>\n<invoke name="get_weather">\n' +
        '<parameter name="city">Paris</parameter>\n</invoke>\n' +
        '<invoke name="get_weather">\n<parameter name="city">Rome</parameter>\n' +
        '<parameter name="days">2</parameter>\n</invoke>\n</minimax:tool_call>',
        { calls: [PARIS, ROME] },
      ],
      [
        'Hm.\n<minimax:tool_call>\n<invoke name="get_weather">\n</invoke>\n</minimax:tool_call>',
        { content: "Hm.", calls: [call({})] },
      ],
      ["<invoke name=get_weather></invoke>", {
        content: "<invoke name=get_weather></invoke>",
      }],
    ],
  },
  "Kimi K2": {
    sign: "<|tool_call_begin|><|tool_call_argument_begin|>",
    answers: [
      [
        "One moment.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0" +
        '<|tool_call_argument_begin|>{"city": "Paris"}<|tool_call_end|><|tool_call_begin|>' +
        'functions.get_weather:1<|tool_call_argument_begin|>{"city": "Rome", "days": 2}' +
        "<|tool_call_end|><|tool_calls_section_end|>",
        {
          content: "One moment.",
          calls: [
            { ...PARIS, id: "functions.get_weather:0" },
            { ...ROME, id: "functions.get_weather:1" },
          ],
        },
      ],
      [
        "<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{oops<|tool_call_end|>",
        {
          content:
            "<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{oops<|tool_call_end|>",
        },
      ],
    ],
  },
  LFM2: {
    sign: "List of tools: <|tool_list_start|>[",
    answers: [
      [
        "<|tool_call_start|>[get_weather(city=\"Paris\"), get_weather(city='Rome', days=2)]<|tool_call_end|>Looking.",
        { content: "Looking.", calls: [PARIS, ROME] },
      ],
      [
        '<|tool_call_start|>[get_weather(exact=True, where={"a": [1.5, None, "it\\\'s\\n"]}, city="a, b)")]<|tool_call_end|>',
        {
          calls: [
            call({
              exact: true,
              where: { a: [1.5, null, "it's\n"] },
              city: "a, b)",
            }),
          ],
        },
      ],
      ["<|tool_call_start|>[get_weather()]<|tool_call_end|>", {
        calls: [call({})],
      }],
      [`<|tool_call_start|>[${PARIS_JSON}]<|tool_call_end|>`, {
        calls: [PARIS],
      }],
      ["<|tool_call_start|>[get_weather(city=]<|tool_call_end|>", {
        content: "<|tool_call_start|>[get_weather(city=]<|tool_call_end|>",
      }],
    ],
  },
  "GigaChat 3": {
    sign: "<|role_sep|>",
    answers: [
      [
        `Sure.<|message_sep|>\n\nfunction call<|role_sep|>\n${PARIS_JSON}`,
        { content: "Sure.", calls: [PARIS] },
      ],
      [`Sure.<|function_call|>${ROME_JSON}`, {
        content: "Sure.",
        calls: [ROME],
      }],
    ],
  },
};

testFamilies(FAMILIES);
