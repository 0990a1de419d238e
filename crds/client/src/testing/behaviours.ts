import type { ServerResponse } from "node:http";
import { type Behaviour } from "./misbehaving-server.ts";

/** An object as the tests need it: a name, a version and a colour that changes. */
export function thing(name: string, resourceVersion: string, colour = "red", namespace = "default"): object {
  return {
    metadata: { name, namespace, resourceVersion, managedFields: [{ manager: "x" }] },
    spec: { colour },
  };
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Behaviour {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** A Status object with the HTTP status it goes with. */
export function refuse(
  code: number,
  reason: string,
  extra: { headers?: Record<string, string>; details?: object } = {},
): Behaviour {
  return answer(code, statusObject(code, reason, extra.details), extra.headers);
}

export function statusObject(code: number, reason: string, details?: object): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code,
    reason,
    message: `${reason} said the server`,
    details,
  };
}

/** One page of a list; with a `token` there is more to come. */
export function page(resourceVersion: string, items: readonly object[], token?: string): Behaviour {
  const metadata = token === undefined ? { resourceVersion } : { resourceVersion, continue: token };
  return answer(200, { kind: "List", apiVersion: "v1", metadata, items });
}

export type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

export function eventLine(type: EventType, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

export function bookmark(resourceVersion: string, annotations?: Record<string, string>): string {
  return eventLine("BOOKMARK", { kind: "Thing", metadata: { resourceVersion, annotations } });
}

/** Opens a watch, sends the lines and leaves it open. */
export function stay(...lines: readonly (string | Buffer)[]): Behaviour {
  return (response) => sendLines(response, lines);
}

/** Opens a watch, sends the lines and ends it as a server does whose time is up. */
export function end(...lines: readonly string[]): Behaviour {
  return (response) => {
    sendLines(response, lines);
    response.end();
  };
}

/** Sends the lines, then resets the connection in the middle of the stream. */
export function reset(...lines: readonly string[]): Behaviour {
  return (response) => {
    sendLines(response, lines);
    // What was written must have left before the reset overtakes it.
    response.write(lines.length === 0 ? " " : "", () => response.socket?.resetAndDestroy());
  };
}

/** Takes the request and says nothing, ever. */
export const silence: Behaviour = () => {};

function sendLines(response: ServerResponse, lines: readonly (string | Buffer)[]): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  for (const line of lines) response.write(line);
}
