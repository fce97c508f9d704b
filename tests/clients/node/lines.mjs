// What the programs of clients share: jobs come in as lines of JSON, answers go out so.
import { createInterface } from "node:readline";

export async function serve(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
  }
}

// What a program sees of a client's error; nothing is made up where it says nothing.
export function described(error) {
  return {
    class: error.constructor.name,
    message: error.message,
    status_code: error.status ?? error.statusCode ?? null,
    code: error.code ?? null,
  };
}

export const PARAMETERS = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
