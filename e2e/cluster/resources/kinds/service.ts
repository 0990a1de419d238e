import { allocate, type ServiceAllocations } from "../../admission/service/allocate.ts";
import { withServiceDefaults } from "../../admission/service/defaults.ts";
import { carriedOver } from "../../admission/service/update.ts";
import { serviceErrors } from "../../admission/service/validate.ts";
import { objectAt } from "../../json.ts";
import { serviceColumns } from "../../printers/service-columns.ts";
import {
  byValue,
  conditions,
  flag,
  int32,
  intOrString,
  keyedList,
  list,
  omittedFlag,
  struct,
  text,
  textMap,
  texts,
  whole,
} from "../../schema/shapes.ts";
import { type ResourceDefinition } from "../definition.ts";
import { decodeCore, plainStrategy } from "../plain-strategy.ts";
import { coreKind } from "./core-kind.ts";

/** Two ports without a protocol are the same one: it counts as TCP. */
const protocol = { ...text, default: "TCP" };

const port = struct(
  { name: text, protocol, appProtocol: text, port: int32, targetPort: intOrString, nodePort: int32 },
  ["port"],
);

const spec = struct({
  ports: keyedList(port, "port", "protocol"),
  selector: whole(textMap),
  clusterIP: text,
  clusterIPs: texts,
  type: text,
  externalIPs: texts,
  sessionAffinity: text,
  sessionAffinityConfig: struct({ clientIP: struct({ timeoutSeconds: int32 }) }),
  loadBalancerIP: text,
  loadBalancerSourceRanges: texts,
  loadBalancerClass: text,
  externalName: text,
  externalTrafficPolicy: text,
  internalTrafficPolicy: text,
  trafficDistribution: text,
  healthCheckNodePort: int32,
  publishNotReadyAddresses: omittedFlag,
  ipFamilies: texts,
  ipFamilyPolicy: text,
  allocateLoadBalancerNodePorts: flag,
});

const ingress = struct({
  ip: text,
  ipMode: text,
  hostname: text,
  ports: list(struct({ port: int32, protocol: text, error: text }, ["port", "protocol"])),
});

const status = struct({ loadBalancer: byValue(struct({ ingress: list(ingress) })), conditions });

/** core/v1 Service with what the API server does to it: defaults, cluster IPs, node ports, and what may not change. */
export function serviceKind(allocations: ServiceAllocations): ResourceDefinition {
  return coreKind({
    plural: "services",
    kind: "Service",
    shortNames: ["svc"],
    categories: ["all"],
    schema: struct({ spec, status }),
    columns: serviceColumns,
    selectableFields: ["spec.clusterIP", "spec.type"],
    strategy: {
      decode: (object, version) => withServiceDefaults(decodeCore(object, version)),
      prepareCreate: (service) => allocate({ ...service, status: { loadBalancer: {} } }, allocations),
      prepareUpdate: (next, previous) => allocate(carriedOver(next, previous), allocations, previous),
      prepareStatusUpdate: (next, previous) => {
        const written = plainStrategy.prepareStatusUpdate(next, previous);
        return { ...written, status: { loadBalancer: {}, ...objectAt(written, "status") } };
      },
      validate: serviceErrors,
      createsOnUpdate: true,
      deleteReturnsObject: true,
      nameRule: "label",
    },
  });
}
