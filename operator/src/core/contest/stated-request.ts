import { formatIpAddress, type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { serviceAnnotations, type ServiceResource } from "@steelyard/model/resources";
import { type ContestedField } from "./contested-field.ts";

/** What a Service asks for, word by word; what it means is not the question here. */
export interface StatedRequest {
  /** Only those that ask for an address or a pool. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly loadBalancerIP: string | undefined;
  /** All of it as one text: equal text = equal request. */
  readonly text: string;
}

const { loadBalancerIps, addressPool } = serviceAnnotations;
const requestAnnotations = [loadBalancerIps, addressPool].flatMap(({ name, deprecated }) => [
  name,
  deprecated,
]);

const noRequest: StatedRequest = { annotations: {}, loadBalancerIP: undefined, text: "" };

export function statedRequest({ metadata, spec }: ServiceResource): StatedRequest {
  const present = requestAnnotations.flatMap((name): [string, string][] => {
    const value = metadata.annotations?.[name];
    return value === undefined ? [] : [[name, value]];
  });
  const { loadBalancerIP } = spec;
  if (present.length === 0 && loadBalancerIP === undefined) return noRequest;
  const text = JSON.stringify([present, loadBalancerIP ?? null]);
  return { annotations: Object.fromEntries(present), loadBalancerIP, text };
}

/** The request of a Service that asks for exactly these. */
export function requestFor(addresses: readonly IpAddress[]): StatedRequest {
  const value = addresses.map(formatIpAddress).join(",");
  const annotations = { [loadBalancerIps.name]: value };
  return {
    annotations,
    loadBalancerIP: undefined,
    text: JSON.stringify([Object.entries(annotations), null]),
  };
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

/** Whether the request is met by these addresses: to follow it would change nothing. */
export function isMetBy(request: StatedRequest, addresses: readonly string[]): boolean {
  const { [loadBalancerIps.name]: named, [loadBalancerIps.deprecated]: old, ...pools } = request.annotations;
  if (Object.keys(pools).length > 0) return false;
  const texts = [named ?? old, request.loadBalancerIP].flatMap((list) => list?.split(",") ?? []);
  return texts.map((text) => text.trim()).every((text) => text === "" || isAmong(addresses, text));
}

function isAmong(addresses: readonly string[], text: string): boolean {
  const address = parseIpAddress(text);
  return address.ok && addresses.includes(formatIpAddress(address.value));
}
