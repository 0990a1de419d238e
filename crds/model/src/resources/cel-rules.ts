import { type BgpAdvertisementResource } from "./generated/index.ts";
import { parseGoDuration } from "./go-duration.ts";

/**
 * One `x-kubernetes-validations` rule of crds/*.yaml, written by hand once more: there are few, and an interpreter of
 * CEL in both programs would weigh more than all of them. A test compares this table with the YAML and each check with
 * what the CEL text says.
 */
export interface CelRule {
  readonly kind: string;
  readonly apiVersion: string;
  /** Where in the object the rule sits: property names from the top. */
  readonly path: readonly string[];
  /** The text of the rule, exactly. */
  readonly rule: string;
  readonly message: string;
  /** Whether the rule compares with the object before the change (`oldSelf`): then it is not asked on creation. */
  readonly isTransition: boolean;
  /** Whether a value that fits the schema also fits the rule. */
  readonly holds: (self: unknown, oldSelf: unknown) => boolean;
}

type BgpAdvertisementSpec = NonNullable<BgpAdvertisementResource["spec"]>;

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

export const celRules: readonly CelRule[] = [
  {
    kind: "BGPAdvertisement",
    apiVersion: "metallb.io/v1beta1",
    path: ["spec"],
    rule:
      "!has(self.serviceSelectors) || self.serviceSelectors.size() == 0 || " +
      "((!has(self.aggregationLength) || self.aggregationLength == 32) && " +
      "(!has(self.aggregationLengthV6) || self.aggregationLengthV6 == 128))",
    message:
      "serviceSelectors and aggregationLength are mutually exclusive, can only be used together with " +
      "default aggregationLength (32) and aggregationLengthV6 (128)",
    isTransition: false,
    holds: (self) => selectsServicesOnlyWithHostRoutes(self as Partial<BgpAdvertisementSpec>),
  },
  {
    kind: "BGPPeer",
    apiVersion: "metallb.io/v1beta2",
    path: ["spec", "connectTime"],
    rule: "duration(self).getSeconds() >= 1 && duration(self).getSeconds() <= 65535",
    message: "connect time should be between 1 seconds to 65535",
    isTransition: false,
    holds: (self) =>
      isDurationWhere(self, (length) => isBetween(length / NANOSECONDS_PER_SECOND, 1n, 65535n)),
  },
  {
    kind: "BGPPeer",
    apiVersion: "metallb.io/v1beta2",
    path: ["spec", "connectTime"],
    rule: "duration(self).getMilliseconds() % 1000 == 0",
    message: "connect time should contain a whole number of seconds",
    isTransition: false,
    holds: (self) => isDurationWhere(self, (length) => (length / NANOSECONDS_PER_MILLISECOND) % 1000n === 0n),
  },
  {
    kind: "BGPPeer",
    apiVersion: "metallb.io/v1beta2",
    path: ["spec", "enableGracefulRestart"],
    rule: "self == oldSelf",
    message: "EnableGracefulRestart cannot be changed after creation",
    isTransition: true,
    holds: (self, oldSelf) => self === oldSelf,
  },
  ...["ServiceL2Status", "ServiceBGPStatus"].flatMap(immutableStatus),
];

/** A status object belongs to one Service on one node for its whole life. */
function immutableStatus(kind: string): readonly CelRule[] {
  return ["node", "serviceName", "serviceNamespace"].map((field) => ({
    kind,
    apiVersion: "metallb.io/v1beta1",
    path: ["status", field],
    rule: "self == oldSelf",
    message: "Value is immutable",
    isTransition: true,
    holds: (self, oldSelf) => self === oldSelf,
  }));
}

function selectsServicesOnlyWithHostRoutes(spec: Partial<BgpAdvertisementSpec>): boolean {
  const { serviceSelectors = [], aggregationLength = 32, aggregationLengthV6 = 128 } = spec;
  return serviceSelectors.length === 0 || (aggregationLength === 32 && aggregationLengthV6 === 128);
}

/** In CEL a text that is no duration is an error of the rule, and an error refuses the object as well. */
function isDurationWhere(self: unknown, test: (nanoseconds: bigint) => boolean): boolean {
  const length = typeof self === "string" ? parseGoDuration(self) : undefined;
  return length !== undefined && test(length);
}

function isBetween(value: bigint, least: bigint, most: bigint): boolean {
  return value >= least && value <= most;
}
