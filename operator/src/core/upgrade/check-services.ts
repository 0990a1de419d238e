import { type JsonObject } from "@steelyard/model/foundation";
import { projectService, serviceAnnotations } from "@steelyard/model/resources";
import { isHandledService } from "@steelyard/model/services";
import { type PlannedService } from "../plan/index.ts";
import { objectAt, textAt, titleOf } from "./raw-object.ts";
import { finding, nothingToDo, type UpgradeContext } from "./upgrade-context.ts";
import { type UpgradeFinding } from "./upgrade-report.ts";

/** Which Services are served, and what they ask for in words of the past. */
export function checkServices(context: UpgradeContext): readonly UpgradeFinding[] {
  const { snapshot, options } = context;
  const balanced = snapshot.services.filter((one) => textAt(one, "spec", "type") === "LoadBalancer");
  return [
    ...balanced.flatMap((service) => [...checkClass(service, context), ...checkAnnotations(service)]),
    ...balanced.flatMap(checkRequest),
    ...options.consequences.flatMap(checkConsequence),
  ];
}

function checkClass(service: JsonObject, { programs, options }: UpgradeContext): readonly UpgradeFinding[] {
  const given = programs.controller?.setting("lb-class")?.value;
  if (programs.controller === undefined) return [];
  const resource = projectService(service);
  const wasOurs = isHandledService(resource, given === undefined || given === "" ? [] : [given]);
  const isOurs = isHandledService(resource, options.lbClasses);
  if (wasOurs === isOurs) return [];
  const className = resource.spec.loadBalancerClass;
  const what = className === undefined ? "is not given" : `is ${className}`;
  const happens = isOurs
    ? "MetalLB leaves this Service alone; Steelyard would give it an address"
    : "MetalLB serves this Service; Steelyard would leave it alone: what it has stays in its status, and no agent announces it";
  return [
    finding(
      "traffic",
      [titleOf("Service", service), "spec.loadBalancerClass"],
      what,
      happens,
      "start Steelyard with the same --lb-class",
    ),
  ];
}

function checkAnnotations(service: JsonObject): readonly UpgradeFinding[] {
  const annotations = objectAt(service, "metadata", "annotations");
  return Object.values(serviceAnnotations).flatMap(({ name, deprecated }) => {
    if (annotations[deprecated] === undefined) return [];
    const field = `metadata.annotations["${deprecated}"]`;
    const isHidden = annotations[name] !== undefined;
    const happens = isHidden
      ? `${name} is there too and goes before it, as in MetalLB`
      : "it is read as before, and the Service is told in an event";
    return [
      finding(
        "note",
        [titleOf("Service", service), field],
        "is the old name",
        happens,
        isHidden ? "remove it" : `call it ${name}`,
      ),
    ];
  });
}

function checkRequest(service: JsonObject): readonly UpgradeFinding[] {
  const wanted = textAt(service, "spec", "loadBalancerIP");
  if (wanted === "") return [];
  const what = `asks for ${wanted} in a field that Kubernetes has deprecated`;
  const { name } = serviceAnnotations.loadBalancerIps;
  return [
    finding(
      "note",
      [titleOf("Service", service), "spec.loadBalancerIP"],
      what,
      "it is read as before",
      `write the annotation ${name}: ${wanted}`,
    ),
  ];
}

/** What the operator would do as soon as it leads, without anybody's edit. */
function checkConsequence({
  service,
  consequence,
  before,
  after,
  reason,
  isPending,
}: PlannedService): readonly UpgradeFinding[] {
  const isMoved = consequence === "loses" || consequence === "moves";
  const isGained = isPending && consequence === "gains";
  if (!isMoved && !isGained) return [];
  const place = [`Service ${service}`, "status.loadBalancer.ingress"] as const;
  const what = before.length === 0 ? "has no address" : `has ${before.join(", ")}`;
  const happens =
    after.length === 0 ? `it would lose them: ${reason}` : `it would have ${after.join(", ")}: ${reason}`;
  if (isGained) return [finding("behaviour", place, what, happens, nothingToDo)];
  return [
    finding(
      "traffic",
      place,
      what,
      happens,
      "give a pool that contains the address, or bring MetalLB to rest first; docs/stability.md",
    ),
  ];
}
