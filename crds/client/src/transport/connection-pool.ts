import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { createSecureContext } from "node:tls";
import { type Millis } from "@steelyard/model/foundation";
import { type Channel } from "../connection/types.ts";

/**
 * An idle connection is closed by us before the API server (90 s) or a load balancer in between (often 60 s) does it: a
 * request sent into a connection that is just being closed fails, and a write must not be repeated blindly.
 */
const closeIdleAfter: Millis = 45_000;
/** A cut cable is noticed by TCP itself on a connection that carries nothing, a quiet watch for example. */
const keepAliveProbeAfter: Millis = 15_000;

/** Keeps connections to one server open between requests; a changed certificate starts a new set. */
export class ConnectionPool {
  #current: { readonly identity: string; readonly agent: HttpAgent } | undefined;
  readonly #retired = new Set<HttpAgent>();

  /** The agent to send the next request with. */
  agentFor(channel: Channel, secure: boolean): HttpAgent {
    if (this.#current?.identity === channel.identity) return this.#current.agent;
    if (this.#current !== undefined) this.#retire(this.#current.agent);
    const agent = channel.proxyAgent ?? openAgent(channel, secure);
    this.#current = { identity: channel.identity, agent };
    return agent;
  }

  /** Breaks every connection, those of running requests as well. */
  close(): void {
    this.#current?.agent.destroy();
    for (const agent of this.#retired) agent.destroy();
    this.#retired.clear();
    this.#current = undefined;
  }

  /** Watches that run over the old certificate may end by themselves; idle connections close by their time limit. */
  #retire(agent: HttpAgent): void {
    for (const old of this.#retired) if (Object.keys(old.sockets).length === 0) this.#retired.delete(old);
    this.#retired.add(agent);
  }
}

function openAgent(channel: Channel, secure: boolean): HttpAgent {
  const options = { keepAlive: true, keepAliveMsecs: keepAliveProbeAfter, timeout: closeIdleAfter };
  if (!secure) return new HttpAgent(options);
  const tls = { ...channel.tls, minVersion: "TLSv1.2" } as const;
  // Left to itself each connection reads the certificates anew: a tenth of a second for the first list of every kind.
  return new HttpsAgent({ ...options, ...tls, secureContext: createSecureContext(tls) });
}
