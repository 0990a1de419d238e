import { assertNever } from "../foundation/index.ts";
import { type CelRule, celRules } from "./cel-rules.ts";
import * as validators from "./generated/validators.js";
import { type RawSchemaError, type RawValidator } from "./generated/validators.js";

/** Something in an object that its schema does not allow. */
export interface SchemaProblem {
  /** Where, from the top of the object: `spec.addresses[1]`; empty for the object as a whole. */
  readonly path: string;
  /** What is wrong there, in words that follow the path: `must be at most 100, not 101`. */
  readonly message: string;
}

/**
 * Checks a value against the schema of one kind and its CEL rules, as the API server does on a write. Rules that
 * compare with the state before (`oldSelf`) are asked only if `previous` is given. Unknown fields are no problem: the
 * API server drops them. Never throws.
 */
export type SchemaCheck = (value: unknown, previous?: unknown) => readonly SchemaProblem[];

const V1_BETA_1 = "metallb.io/v1beta1";
const V1_BETA_2 = "metallb.io/v1beta2";

export const validateIpAddressPool = check(validators.ipAddressPool, "IPAddressPool", V1_BETA_1);
export const validateL2Advertisement = check(validators.l2Advertisement, "L2Advertisement", V1_BETA_1);
export const validateBgpAdvertisement = check(validators.bgpAdvertisement, "BGPAdvertisement", V1_BETA_1);
export const validateBgpPeerV1Beta1 = check(validators.bgpPeerV1Beta1, "BGPPeer", V1_BETA_1);
export const validateBgpPeer = check(validators.bgpPeer, "BGPPeer", V1_BETA_2);
export const validateBfdProfile = check(validators.bfdProfile, "BFDProfile", V1_BETA_1);
export const validateCommunity = check(validators.community, "Community", V1_BETA_1);
export const validateServiceL2Status = check(validators.serviceL2Status, "ServiceL2Status", V1_BETA_1);
export const validateServiceBgpStatus = check(validators.serviceBgpStatus, "ServiceBGPStatus", V1_BETA_1);
export const validateConfigurationState = check(
  validators.configurationState,
  "ConfigurationState",
  V1_BETA_1,
);

function check(fits: RawValidator, kind: string, apiVersion: string): SchemaCheck {
  const rules = celRules.filter((rule) => rule.kind === kind && rule.apiVersion === apiVersion);
  return (value, previous) => {
    // As on the API server, rules are asked only of what fits the schema: they rely on its types.
    if (!fits(value)) return (fits.errors ?? []).map((error) => schemaProblem(value, error));
    return rules.filter((rule) => isBroken(rule, value, previous)).map(ruleProblem);
  };
}

function isBroken(rule: CelRule, value: unknown, previous: unknown): boolean {
  const self = valueAt(value, rule.path);
  const oldSelf = valueAt(previous, rule.path);
  if (self === undefined || (rule.isTransition && oldSelf === undefined)) return false;
  return !rule.holds(self, oldSelf);
}

function ruleProblem(rule: CelRule): SchemaProblem {
  return { path: rule.path.join("."), message: rule.message };
}

function schemaProblem(value: unknown, error: RawSchemaError): SchemaProblem {
  const keys = pointerKeys(error.instancePath);
  if (error.keyword === "required") {
    return {
      path: formatPath(value, [...keys, String(error.params["missingProperty"])]),
      message: "is required",
    };
  }
  const found = describe(valueAt(value, keys));
  return { path: formatPath(value, keys), message: `must ${demandOf(error)}, not ${found}` };
}

function demandOf({ keyword, params }: RawSchemaError): string {
  const limit = String(params["limit"]);
  switch (keyword) {
    case "type":
      return `be ${withArticle(String(params["type"]))}`;
    case "enum":
      return `be one of ${(params["allowedValues"] as readonly unknown[]).map((one) => JSON.stringify(one)).join(", ")}`;
    case "minimum":
      return `be at least ${limit}`;
    case "maximum":
      return `be at most ${limit}`;
    case "minLength":
      return `have at least ${counted(limit, "character", "characters")}`;
    case "maxLength":
      return `have at most ${counted(limit, "character", "characters")}`;
    case "minItems":
      return `have at least ${counted(limit, "entry", "entries")}`;
    case "pattern":
      return `match ${String(params["pattern"])}`;
    case "required":
      return "be present";
    default:
      return assertNever(keyword);
  }
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function counted(number: string, one: string, many: string): string {
  return `${number} ${number === "1" ? one : many}`;
}

const LONGEST_QUOTE = 80;

/** Names a value so that it can be found again: scalars as they are, the rest by its type. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`;
}

/** The keys of a JSON pointer (RFC 6901, sections 3 and 4). */
function pointerKeys(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce(memberOf, value);
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** `spec.addresses[1]`, `spec.labels["a/b"]`: only the value tells whether "1" counts entries or names a property. */
function formatPath(value: unknown, keys: readonly string[]): string {
  let parent = value;
  let path = "";
  for (const key of keys) {
    if (Array.isArray(parent)) path += `[${key}]`;
    else if (/^[A-Za-z_]\w*$/.test(key)) path += path === "" ? key : `.${key}`;
    else path += `[${JSON.stringify(key)}]`;
    parent = memberOf(parent, key);
  }
  return path;
}
