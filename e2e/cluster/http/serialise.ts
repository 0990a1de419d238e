import { type JsonObject } from "../json.ts";

const separators: Readonly<Record<string, string>> = { "\u2028": "\\u2028", "\u2029": "\\u2029" };

/**
 * JSON on one line. U+2028 and U+2029 are escaped as the API server does: to some line readers (Node's readline among
 * them) they end a line, and a watch event would fall apart there.
 */
export function serialise(value: JsonObject): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (separator) => separators[separator] ?? separator);
}
