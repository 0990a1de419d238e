import { type IncomingHttpHeaders } from "node:http";
import { type JsonObject } from "../json.ts";
import { type ResourcePath, type Verb } from "./route.ts";

/** A request with its body read. */
export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Set when the path names a resource and the method means a verb there. */
  readonly resource: { readonly path: ResourcePath; readonly verb: Verb } | undefined;
}

/** The open end of a watch. */
export interface EventSink {
  /** Writes one event and its line feed. */
  send(event: JsonObject): void;
  end(): void;
  /** Breaks the connection with a TCP reset. */
  reset(): void;
  /** Writes text that is no event, for the faults. */
  sendRaw(text: string): void;
}

export type ApiAnswer =
  | { readonly kind: "json"; readonly status: number; readonly body: JsonObject; readonly headers?: Headers }
  | { readonly kind: "text"; readonly status: number; readonly body: string; readonly headers?: Headers }
  /** `start` is called once the head of the answer is out; what it returns is called when the client is gone. */
  | { readonly kind: "events"; readonly headers?: Headers; readonly start: (sink: EventSink) => () => void };

type Headers = Readonly<Record<string, string | readonly string[]>>;

export function json(body: JsonObject, status = 200, headers: Headers = {}): ApiAnswer {
  return { kind: "json", status, body, headers };
}

/** A Warning header per text, as RFC 7234 and `kubectl` have it. */
export function warningHeaders(texts: readonly string[]): Headers {
  return texts.length === 0 ? {} : { warning: texts.map(warningText) };
}

export function warningText(text: string): string {
  return `299 - "${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
