import { assertEquals, assertThrows } from "@std/assert";
import { parseModelfile } from "../../../src/models/modelfile.ts";

/** What a Modelfile says beside FROM. */
function rest(text: string) {
  const { from: _, ...rest } = parseModelfile(`FROM x\n${text}`);
  return rest;
}

const NOTHING = {
  adapters: [],
  license: [],
  parameters: {},
  formerParameters: [],
  messages: [],
};

Deno.test("parseModelfile() reads every instruction, in any case", () => {
  assertEquals(
    parseModelfile(`
# A comment
FROM ./model.gguf
adapter ./lora.gguf
Template {{ .Prompt }}
SYSTEM You are kind.
LICENSE MIT
LICENSE BSD
REQUIRES 0.1
PARAMETER temperature 0.5
PARAMETER num_ctx 4096
PARAMETER stop <|end|>
PARAMETER stop "User:"
PARAMETER use_mmap false
MESSAGE user Hello there
MESSAGE assistant Hi
`),
    {
      from: ["./model.gguf"],
      adapters: ["./lora.gguf"],
      template: "{{ .Prompt }}",
      system: "You are kind.",
      license: ["MIT", "BSD"],
      requires: "0.1",
      parameters: {
        temperature: 0.5,
        num_ctx: 4096,
        stop: ["<|end|>", "User:"],
        use_mmap: false,
      },
      formerParameters: [],
      messages: [
        { role: "user", content: "Hello there" },
        { role: "assistant", content: "Hi" },
      ],
    },
  );
});

Deno.test("parseModelfile() reads texts of several lines in either quotes", () => {
  const cases = [
    ['SYSTEM """one\ntwo"""', "one\ntwo"],
    ['SYSTEM """\none\n  two  \n"""  ', "\none\n  two  \n"],
    ['SYSTEM """a "word" and ""two"""', 'a "word" and ""two'],
    ['SYSTEM """a """ b\nc"""', 'a """ b\nc'],
    ['SYSTEM """"""', ""],
    ['SYSTEM """one  \nFROM y\n# no comment"""', "one  \nFROM y\n# no comment"],
    ['SYSTEM "one\ntwo"', "one\ntwo"],
    ['SYSTEM " one "', " one "],
    ['SYSTEM say "hi"', 'say "hi"'],
    ['SYSTEM say """hi"""', 'say """hi"""'],
    ["SYSTEM   spaces   ", "spaces"],
  ] as const;
  for (const [text, system] of cases) {
    assertEquals(rest(text), { ...NOTHING, system }, text);
    assertEquals(rest(text.replaceAll("\n", "\r\n")).system, system, text);
  }
});

Deno.test("parseModelfile() keeps spaces in quotes of parameters and messages", () => {
  const { parameters, messages } = rest(
    'PARAMETER stop " User:"\nPARAMETER stop """\nUser:"""\n' +
      'MESSAGE user """\n  Hello\n"""\nMESSAGE assistant say "hi"',
  );
  assertEquals(parameters, { stop: [" User:", "\nUser:"] });
  assertEquals(messages, [
    { role: "user", content: "\n  Hello\n" },
    { role: "assistant", content: 'say "hi"' },
  ]);
});

Deno.test("parseModelfile() goes on after a text of several lines", () => {
  const { system, template } = rest(
    'SYSTEM """a\nb"""\n\n# comment\nTEMPLATE t',
  );
  assertEquals([system, template], ["a\nb", "t"]);
});

Deno.test("parseModelfile() takes the last of what there is one of", () => {
  assertEquals(rest("SYSTEM a\nSYSTEM b").system, "b");
  assertEquals(rest("PARAMETER top_k 1\nPARAMETER top_k 2").parameters, {
    top_k: 2,
  });
});

Deno.test("parseModelfile() ignores a byte order mark", () => {
  assertEquals(parseModelfile("\uFEFFFROM x").from, ["x"]);
});

Deno.test("parseModelfile() names the line of a fault", () => {
  const cases = [
    ["FROM x\n\nFORM y", '(line 3): command must be one of "from"'],
    ['FROM x\nSYSTEM """a\nb', '(line 2): unexpected end of file, """'],
    ['FROM x\nSYSTEM "a\nb', '(line 2): unexpected end of file, "'],
    [
      'FROM x\nSYSTEM """a\nb"""\nMESSAGE nobody hi',
      "(line 4): message role must be one of",
    ],
    ["FROM x\nPARAMETER tempo 1", "(line 2): unknown parameter 'tempo'"],
    [
      "FROM x\nPARAMETER num_ctx many",
      "(line 2): invalid int value [many] for num_ctx",
    ],
    [
      "FROM x\nPARAMETER num_ctx 1.5",
      "(line 2): invalid int value [1.5] for num_ctx",
    ],
    [
      "FROM x\nPARAMETER temperature",
      "(line 2): invalid float value [] for temperature",
    ],
    [
      "FROM x\nPARAMETER num_ctx 0x10",
      "(line 2): invalid int value [0x10] for num_ctx",
    ],
    [
      "FROM x\nPARAMETER temperature 1e999",
      "(line 2): invalid float value [1e999] for temperature",
    ],
    ["FROM\n", "(line 1): FROM says nothing"],
    ['FROM x\nadapter ""', "(line 2): adapter says nothing"],
    ["FROM x\nDRAFT ./y.gguf", "(line 2): DRAFT is not supported"],
    [
      "FROM x\n# a\nREQUIRES soon",
      "(line 3): requires must be a valid semver (e.g. 0.14.0)",
    ],
    [
      "FROM x\nREQUIRES 1.02.3",
      "(line 2): requires must be a valid semver (e.g. 0.14.0)",
    ],
    [
      "FROM x\nPARAMETER use_mmap perhaps",
      "(line 2): invalid bool value [perhaps] for use_mmap",
    ],
    ["SYSTEM a", "no FROM line"],
    ["", "no FROM line"],
  ] as const;
  for (const [text, message] of cases) {
    assertThrows(() => parseModelfile(text), SyntaxError, message);
  }
});

Deno.test("parseModelfile() takes what only Ollama knows to use", () => {
  const { renderer, parser, parameters, formerParameters, requires } =
    parseModelfile(
      "FROM x\nRENDERER qwen3\nPARSER qwen3-coder\nPARAMETER mirostat 2\n" +
        "REQUIRES v0.14.0-rc1\n",
    );
  assertEquals([renderer, parser], ["qwen3", "qwen3-coder"]);
  assertEquals([parameters, formerParameters], [{}, ["mirostat"]]);
  assertEquals(requires, "0.14.0-rc1");
});
