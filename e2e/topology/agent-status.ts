import { type NetworkNamespace } from "./namespace.ts";

/** What an agent says of the moment at /status.json on its health port, as far as suites ask. */
export interface AgentStatus {
  readonly policy?: { readonly inForce: "sticky" | "hash"; readonly because: string };
  readonly members?: readonly {
    readonly name: string;
    readonly state: "alive" | "suspect" | "dead" | "left";
    readonly kind: "steelyard" | "metallb";
  }[];
  readonly addresses: Readonly<Record<string, { readonly owner: string | null; readonly because: string }>>;
}

/** Every node has a network of its own, so that the usual port is free. */
export const healthPort = 17_472;

export async function readAgentStatus(host: NetworkNamespace): Promise<AgentStatus> {
  const url = `http://127.0.0.1:${healthPort}/status.json`;
  return JSON.parse(await host.run("curl", ["-sS", "--max-time", "1", url])) as AgentStatus;
}
