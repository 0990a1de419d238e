import { type ServiceResource } from "../resources/index.ts";

/** Why a Service is none of our business. */
export type NotHandledReason = "not-load-balancer" | "other-class";

/**
 * Whether a Service is ours: of type LoadBalancer, and of one of the classes we were started with, or without a class
 * when we were started with none (reference metallb.md, section 3.9). A foreign Service is never touched.
 */
export function isHandledService(service: ServiceResource, lbClasses: readonly string[]): boolean {
  return whyNotHandled(service, lbClasses) === undefined;
}

export function whyNotHandled(
  service: ServiceResource,
  lbClasses: readonly string[],
): NotHandledReason | undefined {
  if (service.spec.type !== "LoadBalancer") return "not-load-balancer";
  const ofClass = service.spec.loadBalancerClass;
  const ours = ofClass === undefined ? lbClasses.length === 0 : lbClasses.includes(ofClass);
  return ours ? undefined : "other-class";
}
