export { type AddressChange, explainCause } from "./address-changes.ts";
export * from "./allocated-condition.ts";
export * from "./announced/index.ts";
export { addressesToObserve } from "./ingress.ts";
export * from "./plan-service.ts";
export { isCarriedOut, type ServiceStatusPatch } from "./status-patch.ts";
export { holderFacts, subjectOf } from "./subject.ts";
export { writtenMarks } from "./written-marks.ts";
