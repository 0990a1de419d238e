import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  type BgpPeerResource,
  type ConfigurationStateResource,
  type ServiceBgpStatusResource,
  type ServiceL2StatusResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type ClusterReader, type ObjectChange } from "./cluster-reader.ts";

export interface ClusterReaderHarness {
  readonly open: () => ClusterReader;
  readonly putService: (service: ServiceResource) => void;
  readonly removeService: (key: string) => void;
  readonly putPeer: (peer: BgpPeerResource) => void;
  readonly putL2Status: (status: ServiceL2StatusResource) => void;
  readonly putBgpStatus: (status: ServiceBgpStatusResource) => void;
  readonly putNode: (name: string) => void;
  /** A Pod of the program's own namespace. */
  readonly putPod: (name: string, readiness: { readonly ready: boolean }) => void;
  /** One EndpointSlice of the Service, with a ready endpoint on each of the nodes. */
  readonly putEndpoints: (service: string, nodes: readonly string[]) => void;
  readonly putState: (state: ConfigurationStateResource) => void;
  /** Resolves when the open reader would hear of a change. */
  readonly watching: () => Promise<void>;
  /** Lets what is on its way arrive. */
  readonly turn: () => Promise<void>;
}

const { signal } = new AbortController();

function service(name: string, label: string): ServiceResource {
  return {
    metadata: { namespace: "shop", name, labels: { label } },
    spec: { type: "LoadBalancer", ports: [] },
    status: { loadBalancer: {} },
  };
}

function report(node: string): ServiceL2StatusResource {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "ServiceL2Status",
    metadata: { namespace: "metallb-system", name: `l2-web-${node}` },
    status: { node, serviceNamespace: "shop", serviceName: "web" },
  };
}

function bgpReport(node: string, peers: readonly string[]): ServiceBgpStatusResource {
  const pod = { apiVersion: "v1", kind: "Pod", name: `speaker-${node}`, uid: "1" };
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "ServiceBGPStatus",
    metadata: { namespace: "metallb-system", name: `bgp-web-${node}`, ownerReferences: [pod] },
    status: { node, serviceNamespace: "shop", serviceName: "web", peers },
  };
}

/** What every ClusterReader has to do, of any kind of cluster. */
export function clusterReaderContract(name: string, makeHarness: () => ClusterReaderHarness): void {
  describe(`${name} as a ClusterReader`, () => {
    let harness: ClusterReaderHarness;
    let reader: ClusterReader;

    beforeEach(() => {
      harness = makeHarness();
      harness.putService(service("web", "first"));
      reader = harness.open();
    });
    afterEach(() => reader.close());

    async function until(condition: () => boolean): Promise<void> {
      while (!condition()) await harness.turn();
    }

    test("shows what was there before it was opened", async () => {
      await reader.whenSynced(signal);
      expect(reader.services.list().map(({ metadata }) => metadata.name)).toEqual(["web"]);
      expect(reader.services.get("shop/web")?.metadata.labels).toEqual({ label: "first" });
      expect(reader.services.get("shop/none")).toBeUndefined();
    });

    test("catches up: shows all that has been written before, and tells what has changed of it, once", async () => {
      await reader.whenSynced(signal);
      await harness.watching();
      harness.putService(service("kept", "first"));
      await until(() => reader.services.size === 2);
      const heard: string[] = [];
      reader.services.subscribe(({ key, object }) => heard.push(`${key}: ${object && "there"}`));
      harness.putService(service("new", "first"));
      harness.removeService("shop/web");
      await reader.catchUp(signal);
      expect(reader.services.list().map(({ metadata }) => metadata.name)).toEqual(["kept", "new"]);
      expect(heard.sort()).toEqual(["shop/new: there", "shop/web: undefined"]);
      await harness.watching();
      harness.putService(service("kept", "second"));
      await until(() => heard.length === 3);
      expect(heard[2]).toBe("shop/kept: there");
    });

    test("gives up catching up when it is not wanted any more", async () => {
      await expect(reader.catchUp(AbortSignal.abort(new Error("deposed")))).rejects.toThrow("deposed");
    });

    test("tells each change with what was before, after it has taken it in", async () => {
      await reader.whenSynced(signal);
      await harness.watching();
      const heard: string[] = [];
      const labelOf = (one: ServiceResource | undefined) => one?.metadata.labels?.["label"];
      reader.services.subscribe(({ key, object, previous }: ObjectChange<ServiceResource>) => {
        expect(reader.services.get(key)).toBe(object);
        heard.push(`${key}: ${labelOf(previous)} -> ${labelOf(object)}`);
      });
      harness.putService(service("web", "second"));
      harness.putService(service("new", "first"));
      harness.removeService("shop/web");
      await until(() => heard.length === 3);
      expect(heard).toEqual([
        "shop/web: first -> second",
        "shop/new: undefined -> first",
        "shop/web: second -> undefined",
      ]);
    });

    test("shows the kinds of BGP when it has caught up on them", async () => {
      await reader.catchUpOnBgp(signal);
      expect(reader.bgpPeers.list()).toEqual([]);
      const metadata = { namespace: "metallb-system", name: "tor" };
      harness.putPeer({ apiVersion: "metallb.io/v1beta2", kind: "BGPPeer", metadata });
      await reader.catchUpOnBgp(signal);
      expect(reader.bgpPeers.get("metallb-system/tor")?.metadata).toMatchObject(metadata);
      const given = reader.catchUpOnBgp(AbortSignal.abort(new Error("deposed")));
      await expect(given).rejects.toThrow("deposed");
    });

    test("finds the reports about a Service", async () => {
      await reader.whenReportsSynced(signal);
      await harness.watching();
      expect(reader.l2StatusesOf("shop/web")).toEqual([]);
      harness.putL2Status(report("node-a"));
      await until(() => reader.l2StatusesOf("shop/web")?.length === 1);
      expect(reader.l2StatusesOf("shop/web")?.[0]?.status?.node).toBe("node-a");
      expect(reader.l2StatusesOf("shop/other")).toEqual([]);
    });

    test("tells why a Pod of an agent is not ready, once one has been asked for", async () => {
      harness.putPod("speaker-a", { ready: false });
      const heard: string[] = [];
      reader.ownPods.subscribe(({ object }) => heard.push(`${object?.name} ${object?.whyNotReady}`));
      await until(() => reader.whyPodNotReady("speaker-a") === "is Pending");
      expect(reader.whyPodNotReady("speaker-b")).toBeUndefined();
      harness.putPod("speaker-a", { ready: true });
      await until(() => reader.whyPodNotReady("speaker-a") === undefined);
      expect(heard.at(-1)).toBe("speaker-a undefined");
    });

    test("finds who has told a router of a Service", async () => {
      await reader.whenBgpReportsSynced(signal);
      await harness.watching();
      expect(reader.bgpAnnouncersOf("shop/web")).toEqual([]);
      harness.putBgpStatus(bgpReport("node-a", ["tor-2", "tor-1"]));
      harness.putBgpStatus(bgpReport("node-b", []));
      await until(() => reader.bgpAnnouncements.size === 2);
      expect(reader.bgpAnnouncersOf("shop/web")).toEqual([
        { node: "node-a", peers: ["tor-1", "tor-2"], pod: "speaker-node-a" },
      ]);
      expect(reader.bgpAnnouncersOf("shop/other")).toEqual([]);
    });

    test("knows nodes and where Services are served", async () => {
      harness.putNode("node-a");
      harness.putEndpoints("shop/web", ["node-b", "node-a"]);
      await reader.whenEndpointsSynced(signal);
      await until(() => reader.knownNodes()?.length === 1 && reader.endpointsOf("shop/web")?.length === 1);
      expect(reader.knownNodes()?.[0]?.metadata.name).toBe("node-a");
      const served = { service: "shop/web", nodes: ["node-a", "node-b"], canServe: true, hasEndpoints: true };
      expect(reader.endpointsOf("shop/web")).toEqual([expect.objectContaining(served)]);
      expect(reader.endpointsOf("shop/other")).toEqual([]);
    });

    test("shows its own ConfigurationState, and what the agents say of segment and routers", async () => {
      const identity = { apiVersion: "metallb.io/v1beta1", kind: "ConfigurationState" } as const;
      const namespace = "metallb-system";
      const annotations = { "steelyard.io/segment": "{}", "steelyard.io/bgp": "{}" };
      harness.putState({
        ...identity,
        metadata: { namespace, name: "controller" },
        status: { result: "Valid" },
      });
      harness.putState({ ...identity, metadata: { namespace, name: "speaker-node-a", annotations } });
      await reader.catchUpOnBgp(signal);
      expect(reader.configurationStates.get(`${namespace}/controller`)?.status?.result).toBe("Valid");
      expect(reader.configurationStates.get(`${namespace}/speaker-node-a`)?.metadata.annotations).toEqual(
        annotations,
      );
    });

    test("tells nobody anything after it is closed", async () => {
      await reader.whenSynced(signal);
      await harness.watching();
      const heard: string[] = [];
      reader.services.subscribe(({ key }) => heard.push(key));
      await reader.close();
      harness.putService(service("late", "first"));
      await harness.turn();
      expect(heard).toEqual([]);
    });
  });
}
