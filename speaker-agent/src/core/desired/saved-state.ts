import { formatIpAddress, type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { type PoolIdentity } from "@steelyard/model/config";
import { err, isJsonObject, type JsonObject, ok, type Result } from "@steelyard/model/foundation";
import { type Election } from "../election/same-election.ts";
import { type Candidate, type ElectableAddress } from "../election/types.ts";
import { type GossipEndpoint } from "../wire/gossip/messages.ts";
import { type RememberedPools } from "./homes.ts";

/** What an agent keeps on disk, to start from when the API server is away. */
export interface SavedState {
  readonly nodeName: string;
  /** RFC 3339. */
  readonly savedAt: string;
  readonly election: Election;
  readonly remembered: RememberedPools;
  /** Where other members of the ring were. */
  readonly peers: readonly GossipEndpoint[];
}

const format = "steelyard-agent-state";
const version = 1;

/** JSON; each list of candidates is in it once. */
export function formatSavedState({ nodeName, savedAt, election, remembered, peers }: SavedState): string {
  const lists = new Map<readonly Candidate[], number>();
  const addresses = election.addresses.map(({ address, electionKey, candidates, bindTo }) => {
    const list = lists.get(candidates) ?? lists.size;
    lists.set(candidates, list);
    return [formatIpAddress(address), formatIpAddress(electionKey), list, bindTo ?? null];
  });
  return JSON.stringify({
    format,
    version,
    nodeName,
    savedAt,
    candidates: [...lists.keys()].map((list) =>
      list.map(({ node, preference, interfaces }) => [node, preference, interfaces]),
    ),
    addresses,
    probeOnly: election.probeOnly.map(formatIpAddress),
    readyNodes: election.readyNodes,
    pools: Object.fromEntries([...remembered].map(([key, pool]) => [key, identityOf(pool)])),
    peers: peers.map(({ address, port }) => [formatIpAddress(address), port]),
  });
}

/** A pool in force is an identity and much besides. */
function identityOf({ name, labels, bindInterface }: PoolIdentity): PoolIdentity {
  return { name, labels, ...(bindInterface !== undefined && { bindInterface }) };
}

/**
 * Reads what formatSavedState wrote. What was saved has been announced before, so no address of it is fresh. Never
 * throws; the error is the end of a sentence that begins with the file's name.
 */
export function parseSavedState(text: string, nodeName: string): Result<SavedState, string> {
  const raw = parseJson(text);
  if (!isJsonObject(raw) || raw["format"] !== format) return err("is not the state of an agent");
  if (raw["version"] !== version) return err(`is of version ${String(raw["version"])}, this program reads 1`);
  if (raw["nodeName"] !== nodeName) return err(`is the state of node ${String(raw["nodeName"])}`);
  try {
    return ok(readState(raw, nodeName));
  } catch (error) {
    return err(`is damaged: ${error instanceof Damage ? error.message : "it is of another shape"}`);
  }
}

class Damage extends Error {}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readState(raw: JsonObject, nodeName: string): SavedState {
  const lists = listAt(raw, "candidates").map((list) => asList(list).map(readCandidate));
  return {
    nodeName,
    savedAt: asText(raw["savedAt"]),
    election: {
      addresses: listAt(raw, "addresses").map((one) => readAddress(asList(one), lists)),
      probeOnly: listAt(raw, "probeOnly").map(asAddress),
      readyNodes: listAt(raw, "readyNodes").map(asText),
    },
    remembered: new Map(Object.entries(asObject(raw["pools"])).map(([key, pool]) => [key, readPool(pool)])),
    peers: listAt(raw, "peers").map(readPeer),
  };
}

function readCandidate(raw: unknown): Candidate {
  const [node, preference, interfaces] = asList(raw);
  return {
    node: asText(node),
    preference: typeof preference === "number" ? preference : damage("a preference is no number"),
    interfaces: asList(interfaces).map(asText),
  };
}

function readAddress(
  [address, electionKey, list, bindTo]: readonly unknown[],
  lists: readonly (readonly Candidate[])[],
): ElectableAddress {
  const candidates = typeof list === "number" ? lists[list] : undefined;
  return {
    address: asAddress(address),
    electionKey: asAddress(electionKey),
    candidates: candidates ?? damage("an address has no candidates"),
    fresh: false,
    bindTo: bindTo === null ? undefined : asText(bindTo),
  };
}

function readPeer(raw: unknown): GossipEndpoint {
  const [address, port] = asList(raw);
  return {
    address: asAddress(address),
    port: isPort(port) ? port : damage("a port is no port"),
  };
}

function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536;
}

function readPool(raw: unknown): PoolIdentity {
  const { name, labels, bindInterface } = asObject(raw) as Readonly<Record<keyof PoolIdentity, unknown>>;
  const texts = Object.entries(asObject(labels)).map(([key, value]): [string, string] => [
    key,
    asText(value),
  ]);
  return {
    name: asText(name),
    labels: Object.fromEntries(texts),
    ...(bindInterface !== undefined && { bindInterface: asText(bindInterface) }),
  };
}

function listAt(raw: JsonObject, key: string): readonly unknown[] {
  return asList(raw[key]);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : damage("a list is missing");
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : damage("an object is missing");
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : damage("a text is missing");
}

function asAddress(value: unknown): IpAddress {
  const address = parseIpAddress(asText(value));
  return address.ok ? address.value : damage(address.error.message);
}

function damage(message: string): never {
  throw new Damage(message);
}
