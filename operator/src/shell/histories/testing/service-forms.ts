import { type ServiceResource, type ServiceSpec } from "@steelyard/model/resources";

/** What a user can say of a Service, each part by the name of one of its variants below. */
export interface ServiceForm {
  readonly type: "LoadBalancer" | "ClusterIP" | "of another class";
  readonly families: keyof typeof families;
  readonly asks: keyof typeof requests;
  readonly shares: keyof typeof sharings;
  readonly label: "plain" | "gold";
}

type Parts = { readonly spec?: ServiceSpec; readonly annotations?: Readonly<Record<string, string>> };

const [v4, v6] = ["10.96.0.1", "fd00:96::1"];

export const families = {
  v4: { clusterIPs: [v4], ipFamilyPolicy: "SingleStack" },
  v6: { clusterIPs: [v6], ipFamilyPolicy: "SingleStack" },
  prefer: { clusterIPs: [v4, v6], ipFamilyPolicy: "PreferDualStack" },
  "prefer v6 first": { clusterIPs: [v6, v4], ipFamilyPolicy: "PreferDualStack" },
  "prefer in a v4 cluster": { clusterIPs: [v4], ipFamilyPolicy: "PreferDualStack" },
  require: { clusterIPs: [v4, v6], ipFamilyPolicy: "RequireDualStack" },
  "require in a v4 cluster": { clusterIPs: [v4], ipFamilyPolicy: "RequireDualStack" },
  headless: { clusterIPs: ["None"], ipFamilyPolicy: "SingleStack" },
} as const satisfies Readonly<Record<string, ServiceSpec>>;

export const requests = {
  nothing: {},
  "192.0.2.1": { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.1" } },
  "192.0.2.2 in the spec": { spec: { loadBalancerIP: "192.0.2.2" } },
  "one of each family": { annotations: { "metallb.io/loadBalancerIPs": "2001:db8::1,192.0.2.1" } },
  "198.51.100.1 of pool b": {
    annotations: { "metallb.io/loadBalancerIPs": "198.51.100.1", "metallb.io/address-pool": "b" },
  },
  "198.51.100.0 of pool a": {
    annotations: { "metallb.io/loadBalancerIPs": "198.51.100.0", "metallb.io/address-pool": "a" },
  },
  "pool a": { annotations: { "metallb.universe.tf/address-pool": "a" } },
  "pool b": { annotations: { "metallb.io/address-pool": "b" } },
  "no pool there is": { annotations: { "metallb.io/address-pool": "nowhere" } },
  "outside all pools": { spec: { loadBalancerIP: "203.0.113.9" } },
  nonsense: { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.300" } },
} as const satisfies Readonly<Record<string, Parts>>;

const selector = { app: "web" };
const local = { externalTrafficPolicy: "Local", selector } as const;

export const sharings = {
  "with nobody": sharing("", { ports: [{ port: 80 }] }),
  "k by TCP/80": sharing("k", { ports: [{ port: 80, protocol: "TCP" }] }),
  "k by TCP/443": sharing("k", { ports: [{ port: 443, protocol: "TCP" }] }),
  "k by TCP/80 and TCP/443": sharing("k", { ports: [{ port: 443 }, { port: 80 }] }),
  "k by UDP/80": sharing("k", { ports: [{ port: 80, protocol: "UDP" }] }),
  "j by TCP/443": sharing("j", { ports: [{ port: 443 }] }),
  "k by TCP/80, Local": sharing("k", { ...local, ports: [{ port: 80 }] }),
  "k by TCP/443, Local": sharing("k", { ...local, ports: [{ port: 443 }] }),
} as const;

function sharing(key: string, spec: ServiceSpec): Parts {
  return { spec, ...(key !== "" && { annotations: { "metallb.io/allow-shared-ip": key } }) };
}

/** The annotations that say what a form asks for and shares by; nobody but the user writes these. */
const spoken = ["metallb.io/", "metallb.universe.tf/"];

/** The object as its user would write it now; what others have written into it stays. */
export function formed(
  form: ServiceForm,
  before: Pick<ServiceResource, "metadata" | "status">,
): ServiceResource {
  const parts: readonly Parts[] = [requests[form.asks], sharings[form.shares]];
  const kept = Object.entries(before.metadata.annotations ?? {}).filter(
    ([name]) => name === "metallb.io/ip-allocated-from-pool" || !spoken.some((one) => name.startsWith(one)),
  );
  const annotations: Record<string, string> = Object.fromEntries(kept);
  let spec: ServiceSpec = families[form.families];
  for (const part of parts) {
    Object.assign(annotations, part.annotations);
    spec = { ...spec, ...part.spec };
  }
  return {
    metadata: { ...before.metadata, annotations, labels: { tier: form.label } },
    spec: { ...spec, ...typeOf(form) },
    ...(before.status && { status: before.status }),
  };
}

function typeOf({ type }: ServiceForm): ServiceSpec {
  return type === "of another class"
    ? { type: "LoadBalancer", loadBalancerClass: "example.com/other" }
    : { type };
}
