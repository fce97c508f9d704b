// `openai` for Node: chat completions and responses.
import OpenAI from "openai";
import { PARAMETERS, described, serve } from "./lines.mjs";

const USER = { role: "user", content: "Hi" };
const FUNCTION = { name: "weather", parameters: PARAMETERS, strict: true };
const CALLED = { name: "weather", arguments: '{"city":"Oslo"}' };

const CHATS = {
  text: { messages: [{ role: "system", content: "Be brief." }, USER] },
  tool: { messages: [USER], tools: [{ type: "function", function: FUNCTION }] },
  result: {
    messages: [
      USER,
      { role: "assistant", tool_calls: [{ id: "t1", type: "function", function: CALLED }] },
      { role: "tool", tool_call_id: "t1", content: "sun" },
    ],
  },
};

const RESPONSES = {
  text: { instructions: "Be brief.", input: "Hi" },
  tool: { input: [USER], tools: [{ type: "function", ...FUNCTION }] },
  result: {
    input: [
      USER,
      { type: "function_call", call_id: "t1", ...CALLED },
      { type: "function_call_output", call_id: "t1", output: "sun" },
    ],
  },
};

async function chat(client, job, answer) {
  const body = { model: "any", ...CHATS[job.scene] };
  if (job.how === "whole") {
    Object.assign(answer, completion(await client.chat.completions.create(body)));
    return;
  }
  const usage = { stream_options: { include_usage: true } };
  const stream = client.chat.completions.stream({ ...body, ...usage });
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content;
    if (piece) answer.pieces.push(piece);
    if (job.how === "cancel" && piece) return stream.abort();
  }
  Object.assign(answer, completion(await stream.finalChatCompletion()));
}

function completion({ choices, usage }) {
  const { message } = choices[0];
  return {
    text: message.content ?? "",
    tools: (message.tool_calls ?? []).map((call) => [
      call.id,
      call.function.name,
      JSON.parse(call.function.arguments),
    ]),
    usage: usage && {
      input: usage.prompt_tokens,
      output: usage.completion_tokens,
      cached: usage.prompt_tokens_details?.cached_tokens,
    },
  };
}

// The client calls the tool itself and asks again with its result.
async function chatLoop(client, answer) {
  const weather = { ...FUNCTION, function: () => "sun", parse: JSON.parse };
  const runner = client.chat.completions.runTools({
    model: "any",
    messages: [USER],
    tools: [{ type: "function", function: weather }],
    stream: true,
  });
  for await (const chunk of runner) {
    const piece = chunk.choices[0]?.delta.content;
    if (piece) answer.pieces.push(piece);
  }
}

// As the SDK's page has it: what came goes back as it was, with the tool's result behind it.
async function responsesLoop(client, answer) {
  const { tools } = RESPONSES.tool;
  const first = await client.responses.stream({ model: "any", input: [USER], tools }).finalResponse();
  const { call_id } = first.output.find((item) => item.type === "function_call");
  const result = { type: "function_call_output", call_id, output: "sun" };
  const input = [USER, ...first.output, result];
  const second = await client.responses.stream({ model: "any", input, tools }).finalResponse();
  answer.pieces.push(first.output_text, second.output_text);
}

async function responses(client, job, answer) {
  const body = { model: "any", ...RESPONSES[job.scene] };
  if (job.how === "whole") {
    Object.assign(answer, response(await client.responses.create(body)));
    return;
  }
  const stream = client.responses.stream(body);
  for await (const event of stream) {
    if (event.type !== "response.output_text.delta") continue;
    answer.pieces.push(event.delta);
    if (job.how === "cancel") return stream.abort();
  }
  Object.assign(answer, response(await stream.finalResponse()));
}

function response({ output, output_text: text, usage }) {
  return {
    text,
    tools: output
      .filter((item) => item.type === "function_call")
      .map((call) => [call.call_id, call.name, JSON.parse(call.arguments)]),
    usage: {
      input: usage.input_tokens,
      output: usage.output_tokens,
      cached: usage.input_tokens_details?.cached_tokens,
    },
  };
}

await serve(async (job) => {
  const client = new OpenAI({ baseURL: job.base_url, apiKey: job.key, maxRetries: 0 });
  const answer = { pieces: [], tools: [] };
  try {
    const [ask, loop] = job.api === "responses" ? [responses, responsesLoop] : [chat, chatLoop];
    await (job.scene === "loop" ? loop(client, answer) : ask(client, job, answer));
  } catch (error) {
    if (!(error instanceof OpenAI.OpenAIError)) throw error;
    answer.error = described(error);
  }
  return { text: answer.pieces.join(""), ...answer };
});
