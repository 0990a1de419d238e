import { setImmediate as turn } from "node:timers/promises";
import { type ManagedFieldsEntry } from "@steelyard/model/resources";
import { ManualClock } from "@steelyard/model/testing";
import { clusterReaderContract } from "../../ports/cluster-reader.contract.ts";
import { clusterWriterContract } from "../../ports/cluster-writer.contract.ts";
import { eventSinkContract } from "../../ports/event-sink.contract.ts";
import { fieldHistoryContract } from "../../ports/field-history.contract.ts";
import { leadershipContract } from "../../ports/leadership.contract.ts";
import { memberlistSecretContract } from "../../ports/memberlist-secret.contract.ts";
import { podReaderContract } from "../../ports/pod-reader.contract.ts";
import { MemoryMemberlistSecret } from "./memory-memberlist-secret.ts";
import { MemoryPodReader } from "./memory-pod-reader.ts";
import { projectBgpAnnouncement } from "../../core/surroundings/index.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import { MemoryEventSink } from "./memory-event-sink.ts";
import { MemoryFieldHistory } from "./memory-field-history.ts";
import { MemoryLeadership } from "./memory-leadership.ts";

clusterWriterContract("MemoryCluster", () => {
  const cluster = new MemoryCluster();
  return {
    writer: cluster.writer,
    putService: (service) => cluster.services.put(service),
    putPool: (pool) => cluster.pools.put(pool),
    getService: (key) => cluster.services.get(key),
    getState: (name) => cluster.configurationStates.get(`metallb-system/${name}`),
    getPool: (key) => cluster.pools.get(key),
  };
});

clusterReaderContract("MemoryReader", () => {
  const cluster = new MemoryCluster();
  cluster.showsSurroundings = true;
  return {
    open: () => cluster.openReader(),
    putService: (service) => void cluster.services.put(service),
    removeService: (key) => cluster.services.remove(key),
    putPeer: (peer) => void cluster.bgpPeers.put(peer),
    putL2Status: (status) => void cluster.l2Statuses.put(status),
    putBgpStatus: (status) => {
      const { metadata } = status;
      cluster.bgpAnnouncements.put({ metadata, ...projectBgpAnnouncement(status) });
    },
    putNode: (name) => void cluster.nodes.put({ metadata: { name } }),
    putPod: (name, { ready }) => {
      const whyNotReady = ready ? undefined : "is Pending";
      cluster.ownPods.put({ metadata: { namespace: "metallb-system", name }, name, whyNotReady });
    },
    putEndpoints: (service, nodes) =>
      void cluster.endpoints.put({
        metadata: { namespace: "shop", name: "slice" },
        service,
        nodes: [...nodes].sort(),
        canServe: true,
        hasEndpoints: true,
      }),
    putState: (state) => void cluster.configurationStates.put(state),
    watching: () => turn(),
    turn: () => turn(),
  };
});

podReaderContract("MemoryPodReader", () => {
  const reader = new MemoryPodReader();
  return {
    reader,
    putPod: (namespace, name, labels) =>
      void reader.pods.set(namespace, [{ name, labels, whyNotReady: "is Pending" }]),
  };
});

memberlistSecretContract("MemoryMemberlistSecret", () => {
  const secret = new MemoryMemberlistSecret();
  return { secret, isThere: () => secret.isThere, remove: () => void (secret.isThere = false) };
});

fieldHistoryContract("MemoryFieldHistory", () => {
  const history = new MemoryFieldHistory();
  const putService = (key: string, managedFields: readonly ManagedFieldsEntry[] | undefined): void =>
    void history.services.set(key, managedFields ?? []);
  return { history, putService };
});

eventSinkContract("MemoryEventSink", () => {
  const clock = new ManualClock();
  const sink = new MemoryEventSink({ clock });
  const stored = () =>
    sink.stored.map(
      ({ object, type, reason, count, message }) =>
        `${object.namespace}/${object.name} ${type} ${reason} x${count}: ${message}`,
    );
  return { sink, clock, stored };
});

leadershipContract("MemoryLeadership", () => {
  const leadership = new MemoryLeadership({ leads: false });
  return {
    leadership,
    give: () => Promise.resolve(leadership.give()),
    take: () => Promise.resolve(leadership.take()),
    turn: () => turn(),
  };
});
