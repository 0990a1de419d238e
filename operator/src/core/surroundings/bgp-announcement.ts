import { projectServiceBgpStatus } from "@steelyard/model/resources";

/** A node, and the BGPPeers whose routers have a route from it. */
export interface BgpAnnouncer {
  readonly node: string;
  /** Sorted. */
  readonly peers: readonly string[];
  /** The Pod whose agent says so; absent = it could not be found out. */
  readonly pod?: string;
}

/** What is kept of a ServiceBGPStatus, of which there is one for every Service and node. */
export interface BgpAnnouncement {
  /** `namespace/name`; undefined = its status has not been written yet, or names no router. */
  readonly service: string | undefined;
  readonly by: BgpAnnouncer;
}

/** All Services of a node mostly go to the same routers: one object for all of them. */
const announcers = new Map<string, BgpAnnouncer>();
/** More combinations than that have been replaced by others in the meantime. */
const mostAnnouncers = 10_000;

export function projectBgpAnnouncement(raw: unknown): BgpAnnouncement {
  const { status, metadata } = projectServiceBgpStatus(raw);
  const { node = "", serviceName, serviceNamespace, peers = [] } = status ?? {};
  const pod = metadata.ownerReferences?.find(({ kind }) => kind === "Pod")?.name;
  const isComplete = serviceName !== undefined && serviceNamespace !== undefined && peers.length > 0;
  return {
    service: isComplete ? [serviceNamespace, serviceName].join("/") : undefined,
    by: announcerOf(node, peers, pod),
  };
}

function announcerOf(node: string, peers: readonly string[], pod: string | undefined): BgpAnnouncer {
  const key = [node, pod, ...peers].join(" ");
  const known = announcers.get(key);
  if (known !== undefined) return known;
  if (announcers.size >= mostAnnouncers) announcers.clear();
  const announcer = { node, peers: [...peers].sort(), ...(pod !== undefined && { pod }) };
  announcers.set(key, announcer);
  return announcer;
}
