import {
  type BfdProfileResource,
  type BgpAdvertisementResource,
  type BgpPeerResource,
  type CommunityResource,
  type ConfigurationStateResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type ServiceBgpStatusResource,
  type ServiceL2StatusResource,
} from "./generated/index.ts";
import { type OwnerReference } from "./object-meta.ts";
import { listOf, objectOr, projectMetadata, textOrUndefined } from "./projection.ts";

// Objects of our own group keep spec and status whole; what is in them is checked by whoever parses them (buildConfig
// for the configuration kinds), because a schema may have been older or missing when the object was stored.

export function projectIpAddressPool(raw: unknown): IpAddressPoolResource {
  return projectCustomResource<IpAddressPoolResource>(raw, "IPAddressPool");
}

export function projectL2Advertisement(raw: unknown): L2AdvertisementResource {
  return projectCustomResource<L2AdvertisementResource>(raw, "L2Advertisement");
}

export function projectBgpAdvertisement(raw: unknown): BgpAdvertisementResource {
  return projectCustomResource<BgpAdvertisementResource>(raw, "BGPAdvertisement");
}

/** Of either version: they spell their fields alike. */
export function projectBgpPeer(raw: unknown): BgpPeerResource {
  return projectCustomResource<BgpPeerResource>(raw, "BGPPeer", "metallb.io/v1beta2");
}

export function projectBfdProfile(raw: unknown): BfdProfileResource {
  return projectCustomResource<BfdProfileResource>(raw, "BFDProfile");
}

export function projectCommunity(raw: unknown): CommunityResource {
  return projectCustomResource<CommunityResource>(raw, "Community");
}

export function projectConfigurationState(raw: unknown): ConfigurationStateResource {
  return projectCustomResource<ConfigurationStateResource>(raw, "ConfigurationState");
}

export function projectServiceL2Status(raw: unknown): ServiceL2StatusResource {
  return projectCustomResource<ServiceL2StatusResource>(raw, "ServiceL2Status");
}

export function projectServiceBgpStatus(raw: unknown): ServiceBgpStatusResource {
  return projectCustomResource<ServiceBgpStatusResource>(raw, "ServiceBGPStatus");
}

function projectCustomResource<T>(raw: unknown, kind: string, apiVersion = "metallb.io/v1beta1"): T {
  const { spec, status, metadata } = objectOr(raw) as {
    spec?: unknown;
    status?: unknown;
    metadata?: unknown;
  };
  const ownerReferences = listOf(objectOr(metadata)["ownerReferences"], projectOwnerReference);
  return {
    apiVersion,
    kind,
    metadata: { ...projectMetadata(raw), ...(ownerReferences.length > 0 && { ownerReferences }) },
    ...(spec !== undefined && { spec }),
    ...(status !== undefined && { status }),
  } as T;
}

function projectOwnerReference(raw: unknown): OwnerReference {
  const owner = objectOr(raw);
  const text = (key: string) => textOrUndefined(owner[key]) ?? "";
  return {
    apiVersion: text("apiVersion"),
    kind: text("kind"),
    name: text("name"),
    uid: text("uid"),
    ...(owner["controller"] === true && { controller: true }),
  };
}
