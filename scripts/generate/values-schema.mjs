// The schema of the chart's values: what is not known is refused, so that a typo is not silence. Objects of metallb.io are checked by
// their own definitions.

import { copySchema, walkSchema } from "./custom-resources.mjs";

const string = { type: "string" };
const boolean = { type: "boolean" };
const anyMap = { type: "object" };
const anyList = { type: "array", items: { type: "object" } };
const strings = { type: "array", items: string };
const stringMap = { type: "object", additionalProperties: string };
/** As MetalLB's chart has them: given as nothing. */
const orNull = (schema) => ({ anyOf: [schema, { type: "null" }] });
const choice = (...values) => ({ enum: values });
const integer = (minimum, maximum) => ({
  type: "integer",
  minimum,
  ...(maximum !== undefined && { maximum }),
});
const port = integer(1, 65_535);
const duration = { type: "string", pattern: "^([0-9]+(ms|s|m|h))+$" };

/** A map with these keys and no others. */
function exactly(properties, required = []) {
  return {
    type: "object",
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties,
  };
}

const described = (schema, description) => ({ ...schema, description });
/** Accepted because MetalLB's values files may have it; the notes name it when it is set. */
const ignored = (schema, description) => described(schema, `Has no effect: ${description}`);

const noFrr = "BGP is spoken by the agents themselves";
const resources = exactly({ limits: anyMap, requests: anyMap, claims: anyList });
const timing = {
  enabled: boolean,
  failureThreshold: integer(1),
  initialDelaySeconds: integer(0),
  periodSeconds: integer(1),
  successThreshold: integer(1),
  timeoutSeconds: integer(1),
};
const probe = exactly({ ...timing, port });
const image = exactly({
  repository: { type: "string", minLength: 1 },
  tag: orNull(string),
  pullPolicy: orNull(choice("", "Always", "IfNotPresent", "Never")),
});

/** What operator and agents share. */
const program = {
  enabled: boolean,
  logLevel: choice("all", "debug", "info", "warn", "error", "none"),
  command: orNull(string),
  extraArgs: strings,
  image,
  serviceAccount: exactly({ create: boolean, name: string, annotations: stringMap }),
  securityContext: anyMap,
  resources,
  nodeSelector: stringMap,
  tolerations: anyList,
  priorityClassName: string,
  runtimeClassName: string,
  affinity: anyMap,
  terminationGracePeriodSeconds: integer(0),
  podAnnotations: stringMap,
  labels: stringMap,
  livenessProbe: probe,
  readinessProbe: probe,
  extraContainers: anyList,
};

const controller = exactly({
  ...program,
  replicas: integer(0),
  webhookMode: choice("enabled", "disabled", "onlywebhook"),
  strategy: exactly({ type: choice("RollingUpdate", "Recreate"), rollingUpdate: orNull(anyMap) }, ["type"]),
  podDisruptionBudget: exactly({
    enabled: boolean,
    maxUnavailable: { anyOf: [integer(0), { type: "string", pattern: "^[0-9]+%$" }] },
  }),
});

const speaker = exactly({
  ...program,
  tolerateMaster: boolean,
  memberlist: exactly({
    enabled: boolean,
    mlBindPort: port,
    mlBindAddrOverride: string,
    mlSecretKeyPath: { type: "string", pattern: "^/" },
    labels: string,
    configMap: { type: "string", minLength: 1 },
  }),
  wanConfig: boolean,
  secretName: string,
  excludeInterfaces: exactly({
    enabled: boolean,
    patterns: { type: "array", items: { type: "string", minLength: 1 } },
  }),
  ignoreExcludeLB: boolean,
  strictExcludeLB: boolean,
  withdrawOnTaints: strings,
  ownerPolicy: choice("sticky", "hash"),
  bindAddresses: { type: "string", maxLength: 15 },
  allowBinding: boolean,
  gratuitousArpInterval: integer(0, 86_400),
  verifyInterval: integer(0, 86_400),
  bgpListen: strings,
  bgpRouteDelay: integer(0, 600_000),
  realtimeBFD: boolean,
  stateDir: { type: "string", pattern: "^(/.*)?$" },
  updateStrategy: exactly({ type: choice("RollingUpdate", "OnDelete"), rollingUpdate: orNull(anyMap) }, [
    "type",
  ]),
  startupProbe: probe,
  bgpDebounceTimeout: ignored(orNull(integer(0)), "a changed route is sent at once"),
  frr: ignored(
    exactly({
      enabled: boolean,
      image,
      metricsPort: orNull(port),
      secureMetricsPort: orNull(port),
      resources,
      // MetalLB's schema spells it so.
      "resources:": resources,
    }),
    noFrr,
  ),
  reloader: ignored(exactly({ resources }), noFrr),
  frrMetrics: ignored(exactly({ resources }), noFrr),
  initContainers: ignored(
    exactly({
      cpFrrFiles: exactly({ resources }),
      cpReloader: exactly({ resources }),
      cpMetrics: exactly({ resources }),
    }),
    noFrr,
  ),
});

const monitor = {
  enabled: boolean,
  jobLabel: string,
  interval: { anyOf: [integer(1), duration, choice(""), { type: "null" }] },
  metricRelabelings: anyList,
  relabelings: anyList,
};
const monitored = { additionalLabels: stringMap, annotations: stringMap, tlsConfig: anyMap };
const alert = { enabled: boolean, for: duration, labels: stringMap };
/** MetalLB's schema has it, and nothing reads it. */
const additionalMonitors = ignored(anyMap, "write additionalLabels");

const prometheusRule = exactly({
  enabled: boolean,
  additionalLabels: stringMap,
  additionalMonitors,
  annotations: stringMap,
  selector: string,
  staleConfig: exactly(alert),
  configNotLoaded: exactly(alert),
  addressPoolExhausted: exactly({ ...alert, excludePools: string }),
  addressPoolUsage: exactly({
    enabled: boolean,
    for: duration,
    excludePools: string,
    thresholds: {
      type: "array",
      items: exactly({ percent: integer(0, 100), labels: stringMap }, ["percent"]),
    },
  }),
  ...Object.fromEntries(
    [
      "bgpSessionDown",
      "bfdSessionDown",
      "noOwner",
      "twoOwners",
      "foreignHolder",
      "notAnswered",
      "rival",
      "writeBudget",
      "noLeader",
      "pendingServices",
      "addressChanged",
    ].map((name) => [name, exactly(alert)]),
  ),
  extraAlerts: anyList,
});

const prometheus = exactly({
  scrapeAnnotations: boolean,
  metricsPort: integer(0, 65_535),
  secureMetrics: boolean,
  rbacPrometheus: boolean,
  serviceAccount: string,
  namespace: string,
  podMonitor: exactly({ ...monitor, ...monitored, additionalMonitors }),
  serviceMonitor: exactly({ ...monitor, controller: exactly(monitored), speaker: exactly(monitored) }),
  prometheusRule,
  grafanaDashboard: exactly({
    enabled: boolean,
    labels: stringMap,
    annotations: stringMap,
    namespace: string,
  }),
  secureMetricsPort: ignored(orNull(port), "metricsPort is HTTPS"),
  rbacProxy: ignored(anyMap, "both programs serve HTTPS themselves"),
  controllerMetricsTLSSecret: ignored(string, "it is tls.controllerMetricsTLSSecret"),
  speakerMetricsTLSSecret: ignored(string, "it is tls.speakerMetricsTLSSecret"),
});

/** Value → the kind whose objects it lists. */
const listedKinds = {
  pools: "IPAddressPool",
  l2Advertisements: "L2Advertisement",
  bgpPeers: "BGPPeer",
  bgpAdvertisements: "BGPAdvertisement",
  bfdProfiles: "BFDProfile",
  communities: "Community",
};

/** @param {object[]} definitions the parsed CustomResourceDefinitions */
export function buildValuesSchema(definitions) {
  const objects = Object.entries(listedKinds).map(([value, kind]) => {
    const definition = definitions.find(({ spec }) => spec.names.kind === kind);
    return [value, { type: "array", items: objectSchema(definition) }];
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $comment: "generated by npm run generate from crds/ and scripts/generate/values-schema.mjs; do not edit",
    title: "Values of the chart steelyard",
    ...exactly({ ...Object.fromEntries(objects), ...fixedValues }),
  };
}

const fixedValues = {
  global: anyMap,
  imagePullSecrets: { type: "array", items: exactly({ name: string }, ["name"]) },
  nameOverride: string,
  fullnameOverride: string,
  loadBalancerClass: string,
  customResources: exactly({ keep: boolean }),
  namespace: exactly({ create: boolean }),
  rbac: exactly({ create: boolean, anySecret: boolean, secretNames: strings }),
  tls: exactly({
    cipherSuites: string,
    curvePreferences: string,
    minVersion: choice("", "VersionTLS12", "VersionTLS13"),
    controllerMetricsTLSSecret: string,
    speakerMetricsTLSSecret: string,
  }),
  prometheus,
  controller,
  speaker,
  crds: exactly({ enabled: boolean, validationFailurePolicy: choice("Ignore", "Fail") }),
  networkpolicies: exactly({
    enabled: boolean,
    defaultDeny: boolean,
    apiPort: port,
    metricsFrom: anyList,
  }),
  frrk8s: ignored(
    exactly({ enabled: boolean, external: boolean, namespace: string, secretPassthrough: boolean }),
    noFrr,
  ),
  "frr-k8s": ignored(anyMap, noFrr),
  fullNameOverride: ignored(string, "MetalLB's schema spells fullnameOverride so, and nothing reads it"),
  configInLine: ignored(anyMap, "MetalLB's schema spells configInline so, and nothing reads it"),
  configInline: described(anyMap, "Refused with a sentence: write pools, l2Advertisements and so on"),
  existingConfigMap: described(string, "Refused with a sentence: write pools, l2Advertisements and so on"),
  psp: ignored(anyMap, "Kubernetes has no PodSecurityPolicies any more"),
};

/** An object as the values have it: its name beside the fields of its spec. */
function objectSchema({ spec: { versions } }) {
  const { schema } = versions.find(({ storage }) => storage);
  const spec = copySchema(schema.openAPIV3Schema.properties.spec);
  walkSchema(spec, strict);
  const { properties = {}, required = [] } = spec;
  const identity = { name: { type: "string", minLength: 1 }, labels: stringMap, annotations: stringMap };
  return exactly({ ...identity, ...properties }, ["name", ...required]);
}

/** What JSON Schema knows of a definition's schema; a field that is not in it is a typo. */
function strict(schema) {
  for (const key of Object.keys(schema))
    if (key.startsWith("x-") || ["description", "default", "nullable", "format"].includes(key))
      delete schema[key];
  if (schema.properties !== undefined && schema.additionalProperties === undefined)
    schema.additionalProperties = false;
}
