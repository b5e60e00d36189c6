/**
 * A model that takes tools, made of one that knows nothing of them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { post } from "./api.ts";

const TEMPLATE = `{{ range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}{{ range .ToolCalls }}<tool_call>{"name": "{{ .Function.Name }}", \
"arguments": {{ .Function.Arguments }}}</tool_call>{{ end }}<|im_end|>
{{ end }}{{ if .Tools }}Tools: {{ .Tools }}{{ end }}<|im_start|>assistant
`;

/** Creates `name` from `from`, with a template that shows tools. */
export async function createToolModel(
  baseUrl: string,
  name: string,
  from: string,
): Promise<void> {
  const response = await post(`${baseUrl}/api/create`, {
    model: name,
    from,
    template: TEMPLATE,
    stream: false,
  });
  assertEquals(await response.json(), { status: "success" });
}
