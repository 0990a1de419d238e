import { formatIpAddress, parseIpAddress } from "@steelyard/model/address";
import { type AnnotationName, serviceAnnotations, type ServiceResource } from "@steelyard/model/resources";
import { type ContestedField } from "./contested-field.ts";

/** What a Service asks for, word by word; what it means is not the question here. */
export interface StatedRequest {
  /** Only those that ask for an address or a pool, or to share one. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly loadBalancerIP: string | undefined;
  /** All of it as one text: equal text = equal request. */
  readonly text: string;
}

const { loadBalancerIps, addressPool, allowSharedIp } = serviceAnnotations;
/** Whether an address can be had, and kept, depends on the sharing key as well. */
const sharingAnnotations = namesOf(allowSharedIp);
const requestAnnotations = [...namesOf(loadBalancerIps), ...namesOf(addressPool), ...sharingAnnotations];

const noRequest: StatedRequest = { annotations: {}, loadBalancerIP: undefined, text: "" };

export function statedRequest({ metadata, spec }: ServiceResource): StatedRequest {
  return requestOf(metadata.annotations ?? {}, requestAnnotations, spec.loadBalancerIP);
}

/** The request of a Service that is content with what it holds, and shares it as `request` says. */
export function contentRequest({ annotations }: StatedRequest): StatedRequest {
  return requestOf(annotations, sharingAnnotations, undefined);
}

/** The Service as if it asked for `request`: what it says itself is not answered for now. It is never written. */
export function withRequest(service: ServiceResource, request: StatedRequest): ServiceResource {
  const others = Object.entries(service.metadata.annotations ?? {}).filter(
    ([name]) => !requestAnnotations.includes(name),
  );
  const annotations = { ...Object.fromEntries(others), ...request.annotations };
  return {
    ...service,
    metadata: { ...service.metadata, annotations },
    // An empty field asks for nothing.
    spec: { ...service.spec, loadBalancerIP: request.loadBalancerIP ?? "" },
  };
}

/** Which part of the request is another one; when there are several, the field before the annotations. */
export function changedField(before: StatedRequest, after: StatedRequest): ContestedField {
  const name = requestAnnotations.find((one) => before.annotations[one] !== after.annotations[one]);
  return before.loadBalancerIP !== after.loadBalancerIP || name === undefined
    ? { is: "load-balancer-ip" }
    : { is: "annotation", name };
}

/** Whether the request is met by these addresses, shared as they are `inForce`: to follow it would change nothing. */
export function isMetBy(
  request: StatedRequest,
  addresses: readonly string[],
  inForce: StatedRequest,
): boolean {
  if (contentRequest(request).text !== contentRequest(inForce).text) return false;
  if (namesOf(addressPool).some((name) => request.annotations[name] !== undefined)) return false;
  const { [loadBalancerIps.name]: named, [loadBalancerIps.deprecated]: old } = request.annotations;
  const texts = [named ?? old, request.loadBalancerIP].flatMap((list) => list?.split(",") ?? []);
  return texts.map((text) => text.trim()).every((text) => text === "" || isAmong(addresses, text));
}

function requestOf(
  annotations: Readonly<Record<string, string>>,
  names: readonly string[],
  loadBalancerIP: string | undefined,
): StatedRequest {
  const present = names.flatMap((name): [string, string][] => {
    const value = annotations[name];
    return value === undefined ? [] : [[name, value]];
  });
  if (present.length === 0 && loadBalancerIP === undefined) return noRequest;
  const text = JSON.stringify([present, loadBalancerIP ?? null]);
  return { annotations: Object.fromEntries(present), loadBalancerIP, text };
}

function namesOf({ name, deprecated }: AnnotationName): readonly string[] {
  return [name, deprecated];
}

function isAmong(addresses: readonly string[], text: string): boolean {
  const address = parseIpAddress(text);
  return address.ok && addresses.includes(formatIpAddress(address.value));
}
