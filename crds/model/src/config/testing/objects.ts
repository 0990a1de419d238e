import {
  projectIpAddressPool,
  projectL2Advertisement,
  projectNamespace,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
} from "../../resources/index.ts";
import { buildConfig, type ConfigSnapshot } from "../build-config.ts";
import { type BuiltConfig, type Config, type ConfigProblem } from "../types.ts";

/** The namespace of the program in these tests. */
export const NAMESPACE = "metallb-system";

interface Metadata {
  readonly namespace?: string;
  readonly uid?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A pool as the API server has it; `spec` may be anything. A list of texts stands for a spec with these addresses. */
export function pool(name: string, spec: unknown, metadata: Metadata = {}): IpAddressPoolResource {
  const object = { metadata: { name, namespace: NAMESPACE, ...metadata } };
  return projectIpAddressPool({ ...object, spec: Array.isArray(spec) ? { addresses: spec } : spec });
}

/** An L2Advertisement as the API server has it; `spec` may be anything. */
export function advertisement(
  name: string,
  spec?: unknown,
  metadata: Metadata = {},
): L2AdvertisementResource {
  return projectL2Advertisement({ metadata: { name, namespace: NAMESPACE, ...metadata }, spec });
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): NamespaceResource {
  return projectNamespace({ metadata: { name, labels } });
}

export function build(snapshot: Partial<ConfigSnapshot>, previous?: Config): BuiltConfig {
  return buildConfig(
    { namespace: NAMESPACE, pools: [], l2Advertisements: [], namespaces: [], ...snapshot },
    previous,
  );
}

/** Problems as texts: `wrong a spec.addresses[0]: message`. */
export function problemTexts(problems: readonly ConfigProblem[]): readonly string[] {
  return problems.map(({ kind, object, path, message }) => `${kind} ${object.name} ${path}: ${message}`);
}
