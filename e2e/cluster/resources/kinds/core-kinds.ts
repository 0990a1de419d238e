import { type ServiceAllocations } from "../../admission/service/allocate.ts";
import { type ResourceDefinition } from "../definition.ts";
import { configMapKind, secretKind, serviceAccountKind } from "./config.ts";
import { customResourceDefinitionKind } from "./custom-resource-definition.ts";
import { endpointSliceKind } from "./endpoint-slice.ts";
import { eventKind } from "./event.ts";
import { leaseKind } from "./lease.ts";
import { namespaceKind } from "./namespace.ts";
import { nodeKind } from "./node.ts";
import { openKinds } from "./open-kinds.ts";
import { podKind } from "./pod.ts";
import { serviceKind } from "./service.ts";

/** Every built-in resource of the server. */
export function coreKinds(allocations: ServiceAllocations): readonly ResourceDefinition[] {
  return [
    namespaceKind,
    nodeKind,
    serviceKind(allocations),
    podKind,
    eventKind,
    configMapKind,
    secretKind,
    serviceAccountKind,
    endpointSliceKind,
    leaseKind,
    customResourceDefinitionKind,
    ...openKinds,
  ];
}
