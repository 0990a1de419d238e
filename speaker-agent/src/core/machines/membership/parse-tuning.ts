import { err, isJsonObject, type Millis, ok, type Result } from "@steelyard/model/foundation";
import { parseGoDuration } from "@steelyard/model/resources";
import { type MembershipTuning } from "./tuning.ts";

/** The fields of the file that are a number, with the least and the greatest one that makes sense. */
const numberFields = {
  IndirectChecks: ["indirectChecks", 0, 1_000],
  RetransmitMult: ["retransmitMult", 1, 1_000],
  SuspicionMult: ["suspicionMult", 1, 1_000],
  SuspicionMaxTimeoutMult: ["suspicionMaxTimeoutMult", 1, 1_000],
  AwarenessMaxMultiplier: ["awarenessMaxMultiplier", 1, 1_000],
  GossipNodes: ["gossipNodes", 0, 1_000],
  HandoffQueueDepth: ["handoffQueueDepth", 1, 1_000_000],
  // A message about a node with the longest name and the most bytes has to fit.
  UDPBufferSize: ["udpBufferBytes", 1_200, 65_507],
} as const satisfies Record<string, readonly [keyof MembershipTuning, number, number]>;

/** The fields that are a duration, with the least one that makes sense in milliseconds. */
const durationFields = {
  TCPTimeout: ["tcpTimeoutMillis", 1],
  PushPullInterval: ["pushPullIntervalMillis", 0],
  ProbeInterval: ["probeIntervalMillis", 1],
  ProbeTimeout: ["probeTimeoutMillis", 1],
  GossipInterval: ["gossipIntervalMillis", 1],
  GossipToTheDeadTime: ["gossipToTheDeadMillis", 0],
  QueueCheckInterval: ["queueCheckIntervalMillis", 0],
} as const satisfies Record<string, readonly [keyof MembershipTuning, number]>;

const booleanFields = {
  DisableTcpPings: "disableTcpPings",
  GossipVerifyIncoming: "gossipVerifyIncoming",
  GossipVerifyOutgoing: "gossipVerifyOutgoing",
  EnableCompression: "enableCompression",
} as const satisfies Record<string, keyof MembershipTuning>;

const fieldNames: readonly string[] = [
  ...Object.keys(numberFields),
  ...Object.keys(durationFields),
  ...Object.keys(booleanFields),
];

/**
 * MetalLB's tuning file. Every field is needed, because what is left out would be 0 for MetalLB: half a file cannot mean the
 * same to both. Fields are matched whatever their case, as Go does; unknown ones are ignored.
 *
 * @returns the error as one sentence that names the field
 */
export function parseMembershipTuning(text: string): Result<MembershipTuning, string> {
  const raw = parseJson(text);
  if (!raw.ok) return raw;
  const fields = new Map(Object.entries(raw.value).map(([name, value]) => [name.toLowerCase(), value]));
  const missing = fieldNames.find((name) => !fields.has(name.toLowerCase()));
  if (missing !== undefined) return err(`${missing} is missing: every field is needed`);
  const tuning: Record<string, unknown> = {};
  const problem = fieldNames
    .map((name) => readField(name, fields.get(name.toLowerCase()), tuning))
    .find((sentence) => sentence !== undefined);
  return problem === undefined ? ok(tuning as unknown as MembershipTuning) : err(problem);
}

function parseJson(text: string): Result<Readonly<Record<string, unknown>>, string> {
  try {
    const raw: unknown = JSON.parse(text);
    return isJsonObject(raw) ? ok(raw) : err("it is not a JSON object");
  } catch (error) {
    return err(`it is not JSON: ${(error as Error).message}`);
  }
}

/** Puts the field into `tuning`, or says what is wrong with it. */
function readField(name: string, value: unknown, tuning: Record<string, unknown>): string | undefined {
  if (isKeyOf(numberFields, name)) {
    const [key, least, greatest] = numberFields[name];
    tuning[key] = value;
    const fits = typeof value === "number" && Number.isInteger(value) && value >= least && value <= greatest;
    return fits ? undefined : `${name} must be a whole number from ${least} to ${greatest}`;
  }
  if (isKeyOf(durationFields, name)) {
    const [key, least] = durationFields[name];
    const millis = durationMillis(value);
    tuning[key] = millis;
    if (millis === undefined) return `${name} must be a duration such as "500ms"`;
    return millis >= least ? undefined : `${name} must be at least ${least}ms`;
  }
  if (isKeyOf(booleanFields, name)) {
    tuning[booleanFields[name]] = value;
    return typeof value === "boolean" ? undefined : `${name} must be true or false`;
  }
  return undefined;
}

function isKeyOf<T extends object>(table: T, key: string): key is keyof T & string {
  return Object.hasOwn(table, key);
}

/** A number counts nanoseconds: that is how Go writes a duration that nobody gave a text form. */
function durationMillis(value: unknown): Millis | undefined {
  const nanoseconds = typeof value === "string" ? parseGoDuration(value) : value;
  if (typeof nanoseconds === "bigint") return Number(nanoseconds) / 1e6;
  return typeof nanoseconds === "number" && Number.isInteger(nanoseconds) ? nanoseconds / 1e6 : undefined;
}
