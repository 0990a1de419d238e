import { type ContainerSpec, type PodObject, type PodPlace } from "./pod-object.ts";

/** What a fieldRef names; throws on a field that a kubelet would refuse or this runner does not know. */
export function podField({ metadata, spec }: PodObject, place: PodPlace, fieldPath: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (map !== undefined && key !== undefined) return metadata[map as "labels" | "annotations"]?.[key] ?? "";
  const fields: Readonly<Record<string, string>> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
    "metadata.uid": metadata.uid,
    "spec.nodeName": place.nodeName,
    "spec.serviceAccountName": spec.serviceAccountName ?? "default",
    "status.hostIP": place.hostIps[0] ?? "",
    "status.hostIPs": place.hostIps.join(","),
    "status.podIP": place.podIps[0] ?? "",
    "status.podIPs": place.podIps.join(","),
  };
  const value = fields[fieldPath];
  if (value === undefined) throw new Error(`no field ${fieldPath} for pods`);
  return value;
}

/** The environment of a container: what the kubelet adds for the API server, and what `env` says, in its order. */
export function containerEnvironment(
  container: ContainerSpec,
  pod: PodObject,
  place: PodPlace,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = { ...given };
  for (const { name, value = "", valueFrom } of container.env ?? []) {
    const field = valueFrom?.fieldRef?.fieldPath;
    variables[name] = field === undefined ? expand(value, variables) : podField(pod, place, field);
  }
  return variables;
}

/** `$(NAME)` becomes the variable's value and `$$` a `$`; what is unknown stays as it is. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (variables[name] ?? whole),
  );
}
