import { type AuditRecord, type ClusterClient, type ClusterObject } from "../cluster/index.ts";
import { systemNamespace } from "../topology/objects.ts";

/** One verb on one resource that a role of the chart grants to one account. */
export interface Grant {
  readonly user: string;
  /** Of a Role; a ClusterRole grants it everywhere. */
  readonly namespace?: string;
  /** As an AuditRecord has it: `pools.metallb.io`. */
  readonly resource: string;
  readonly subresource: string;
  readonly verb: string;
  /** Any when left out. */
  readonly names?: readonly string[];
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Binding {
  readonly metadata: ClusterObject["metadata"];
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  }[];
}

/** All that the release's own roles grant its ServiceAccounts, as the API server has them. */
export async function grantsOf(kube: ClusterClient): Promise<readonly Grant[]> {
  const base = "/apis/rbac.authorization.k8s.io/v1";
  const here = `${base}/namespaces/${systemNamespace}`;
  const owned = "?labelSelector=app.kubernetes.io/managed-by%3DHelm";
  const bindings = [
    ...(await kube.list<Binding>(`${base}/clusterrolebindings${owned}`)),
    ...(await kube.list<Binding>(`${here}/rolebindings${owned}`)),
  ];
  const grants = await Promise.all(
    bindings.map(async ({ metadata, roleRef, subjects = [] }) => {
      const folder = roleRef.kind === "ClusterRole" ? `${base}/clusterroles` : `${here}/roles`;
      const { rules } = await kube.get<{ readonly rules: readonly Rule[] }>(`${folder}/${roleRef.name}`);
      return subjects.flatMap(({ namespace, name }) =>
        rules.flatMap((rule) =>
          expandRule(rule, `system:serviceaccount:${namespace ?? ""}:${name}`, metadata.namespace),
        ),
      );
    }),
  );
  return grants.flat();
}

function expandRule(
  { apiGroups = [], resources = [], resourceNames, verbs }: Rule,
  user: string,
  namespace: string | undefined,
): readonly Grant[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((path) => {
      const [plural = "", subresource = ""] = path.split("/");
      const resource = group === "" ? plural : `${plural}.${group}`;
      const scope = namespace === undefined ? {} : { namespace };
      const names = resourceNames === undefined ? {} : { names: resourceNames };
      return verbs.map((verb) => ({ user, ...scope, resource, subresource, verb, ...names }));
    }),
  );
}

export function covers(grant: Grant, record: AuditRecord): boolean {
  return (
    record.user === grant.user &&
    record.verb === grant.verb &&
    record.resource === grant.resource &&
    record.subresource === grant.subresource &&
    (grant.namespace === undefined || grant.namespace === record.namespace) &&
    // The name of what is created is not told to the authorizer.
    (grant.names === undefined || grant.names.includes(record.name))
  );
}

/** One line for people: who may what. */
export function grantInWords({ user, namespace, resource, subresource, verb, names }: Grant): string {
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const which = names === undefined ? "" : ` ${names.join(",")}`;
  return `${user.split(":").at(-1) ?? ""}: ${verb} ${what}${which}${namespace === undefined ? " anywhere" : ""}`;
}
