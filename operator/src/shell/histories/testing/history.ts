import { type IpAddressPoolResource, type ServiceResource } from "@steelyard/model/resources";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryCluster } from "../../../adapters/memory/memory-cluster.ts";
import { answerLost, type WriteFault, WritesUnderWay } from "../../../adapters/memory/write-faults.ts";
import { WriteFailure } from "../../../ports/cluster-writer.ts";
import { turn } from "../../testing/turn.ts";
import { formsOfA, formsOfB, type PoolForm } from "./pool-forms.ts";
import { configNamespace, Replica } from "./replica.ts";
import { formed, type ServiceForm } from "./service-forms.ts";
import { type ReplicaName, replicaNames, type Step, type WriteFate } from "./steps.ts";
import { Witness } from "./witness.ts";

/** Who edits a request or undoes a status more often than this is taken for a rival, and that is another suite's. */
const patienceMs = 11 * 60_000;
const longestRun = 400;

/** Users, their pools and Services, two replicas of the operator, and whatever goes wrong; one step at a time. */
export class History {
  readonly clock = new ManualClock({ wallStart: "2026-11-22T08:00:00.000Z" });
  readonly cluster = new MemoryCluster();
  readonly witness = new Witness(this.cluster);
  readonly replicas = new Map<ReplicaName, Replica>();
  readonly forms = new Map<string, ServiceForm>();
  #leader: ReplicaName | undefined;
  #term = 0;
  #made = 0;
  readonly #underWay = new WritesUnderWay();
  readonly #ended: Promise<void>[] = [];
  readonly #lastMeddling = new Map<string, number>();

  get leader(): Replica | undefined {
    const replica = this.#leader && this.replicas.get(this.#leader);
    return replica?.isAlive === true ? replica : undefined;
  }

  async begin(): Promise<void> {
    const { cluster, witness } = this;
    cluster.onCarriedOut = (write) => witness.onCarriedOut(write);
    for (const name of ["shop", "other"]) cluster.namespaces.put({ metadata: { name } });
    cluster.l2Advertisements.put({
      apiVersion: "metallb.io/v1beta1",
      kind: "L2Advertisement",
      metadata: { name: "all", namespace: configNamespace },
      spec: {},
    });
    this.#reshape(formsOfA, "whole", false);
    this.#reshape(formsOfB, "plain", false);
    this.#elect();
    await this.rest();
  }

  async end(): Promise<void> {
    for (const replica of this.replicas.values()) this.#ended.push(replica.stop());
    await Promise.all(this.#ended);
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "create":
        return this.#create(step.service, step.form);
      case "edit":
        return this.#edit(step.service, step.change);
      case "delete":
        return this.#remove(step.service);
      case "begin deletion":
        return this.#change(step.service, (service) => ({
          ...service,
          metadata: { ...service.metadata, deletionTimestamp: this.#now() },
        }));
      case "wipe status":
        this.#pauseBeforeMeddling(step.service);
        return this.#change(step.service, (service) => ({ ...service, status: { loadBalancer: {} } }));
      case "decorate":
        return this.#change(step.service, decorated);
      case "restore status of":
        return this.#restore(step.service, step.other);
      case "pool a":
        return this.#reshape(formsOfA, step.form, step.createsFirst);
      case "pool b":
        return this.#reshape(formsOfB, step.form, false);
      case "writes meet":
        return void this.cluster.faults.push(...step.faults.map((fate) => this.#fault(fate)));
      case "writes land":
        for (let count = 0; count < step.count; count++) this.#underWay.land();
        return this.#pass(0);
      case "crash":
        this.leader?.crash();
        return this.#pass(0);
      case "crash at write":
        return this.leader?.crashAtWrite(step.after, step.isCarriedOut);
      case "take over":
        return this.#takeOver();
      case "lag":
        return this.replicas.get(step.replica)?.reader[step.kind].hold();
      case "hear":
        return this.replicas.get(step.replica)?.reader[step.kind].release();
      case "relist":
        return this.replicas.get(step.replica)?.reader[step.kind].catchUp();
      case "replay":
        return this.replicas.get(step.replica)?.reader[step.kind].replay();
      case "wait":
        this.#elect();
        return this.#pass(step.millis);
      case "rest":
        return this.rest();
    }
  }

  /** Nothing goes wrong any more, every watch is up to date, and the operator does all that it wants to do. */
  async rest(): Promise<void> {
    this.cluster.faults.length = 0;
    while (this.#underWay.size > 0) this.#underWay.land();
    this.#elect();
    for (const replica of this.replicas.values()) {
      replica.crashNoMore();
      for (const view of [replica.reader.services, replica.reader.pools]) view.release();
    }
    await this.#runDown();
    // A patch that the server refuses is not tried again before something changes.
    for (const { kind, key } of this.witness.takeRefused())
      if (kind === "Service") this.#touch(key);
      else this.#touchPool(key);
    await this.#runDown();
    for (const replica of this.replicas.values()) replica.forgetOldPools();
  }

  /** Makes one Service for each of the addresses, and that asks for it. */
  ask(addresses: readonly string[]): void {
    for (const address of addresses) {
      const name = `asks-for-${address}`;
      const metadata = { namespace: "shop", name, uid: name, creationTimestamp: this.#now() };
      const annotations = { "metallb.io/loadBalancerIPs": address };
      const clusterIPs = [address.includes(":") ? "fd00:96::1" : "10.96.0.1"];
      const spec = { type: "LoadBalancer", clusterIPs, ipFamilyPolicy: "SingleStack" };
      this.#put({ metadata: { ...metadata, annotations }, spec, status: { loadBalancer: {} } });
    }
  }

  /** The leader ends in order, and a new process takes its place. */
  async restart(): Promise<void> {
    const name = this.#leader;
    const replica = name && this.replicas.get(name);
    if (name === undefined || replica === undefined) return;
    await replica.stop();
    this.replicas.delete(name);
    this.#leader = undefined;
    this.#elect(name);
    await this.#runDown();
  }

  /** The other replica leads from now on; what the one before has under way may arrive all the same. */
  async #takeOver(): Promise<void> {
    const other = replicaNames.find((name) => name !== this.#leader);
    this.leader?.leadership.take();
    this.#elect(other);
    await this.#pass(0);
  }

  /** Whoever is named leads; or the leader goes on, if there is one. */
  #elect(name?: ReplicaName): void {
    if (name === undefined && this.leader !== undefined) return;
    for (const one of replicaNames) {
      if (this.replicas.get(one)?.isAlive === true) continue;
      const dead = this.replicas.get(one);
      if (dead !== undefined) this.#ended.push(dead.stop());
      this.replicas.set(one, this.#newReplica(one));
    }
    const next = name ?? replicaNames.find((one) => one !== this.#leader) ?? replicaNames[0];
    this.#leader = next;
    this.#term += 1;
    this.witness.onTerm();
    this.replicas.get(next)?.leadership.give();
  }

  #newReplica(name: ReplicaName): Replica {
    const { cluster, clock, witness } = this;
    return new Replica(name, { cluster, clock, listener: witness, currentTerm: () => this.#term });
  }

  async #pass(millis: number): Promise<void> {
    await turn();
    this.clock.advance(millis);
    await turn();
  }

  async #runDown(): Promise<void> {
    for (let round = 0; round < longestRun; round++) {
      await turn();
      const wait = this.clock.untilNextTimer;
      if (wait === undefined) return;
      this.clock.advance(wait);
    }
    throw new Error(`the operator finds no rest: ${this.leader?.log.lines.slice(-5).join("; ")}`);
  }

  #create(key: string, form: ServiceForm): void {
    if (this.cluster.services.get(key) !== undefined) return;
    const [namespace = "", name = ""] = key.split("/");
    const metadata = { namespace, name, uid: `uid-${this.#made}`, creationTimestamp: this.#now() };
    this.forms.set(key, form);
    this.#put(formed(form, { metadata, status: { loadBalancer: {} } }));
  }

  #edit(key: string, change: Partial<ServiceForm>): void {
    const form = this.forms.get(key);
    if (form === undefined) return;
    if (change.asks !== undefined) this.#pauseBeforeMeddling(key);
    const next = { ...form, ...change };
    this.forms.set(key, next);
    this.#change(key, (service) => formed(next, service));
  }

  #remove(key: string): void {
    const service = this.cluster.services.get(key);
    if (service === undefined) return;
    this.forms.delete(key);
    this.cluster.services.remove(key);
    this.witness.onHand(key, service, undefined);
  }

  /** A backup that was taken of another Service, or of this one in other times. */
  #restore(key: string, other: string): void {
    const source = this.cluster.services.get(other);
    const pool = source?.metadata.annotations?.["metallb.io/ip-allocated-from-pool"];
    if (source === undefined) return;
    this.#change(key, ({ metadata, spec }) => ({
      metadata: {
        ...metadata,
        annotations: {
          ...metadata.annotations,
          ...(pool !== undefined && { "metallb.io/ip-allocated-from-pool": pool }),
        },
      },
      spec,
      ...(source.status && { status: source.status }),
    }));
  }

  #touch(key: string): void {
    this.#change(key, (service) => ({
      ...service,
      metadata: {
        ...service.metadata,
        labels: { ...service.metadata.labels, touched: String(this.#made++) },
      },
    }));
  }

  #touchPool(key: string): void {
    const pool = this.cluster.pools.get(key);
    if (pool !== undefined) this.#putPool(pool.metadata.name, pool.spec);
  }

  #change(key: string, edit: (service: ServiceResource) => ServiceResource): void {
    const service = this.cluster.services.get(key);
    if (service !== undefined) this.#put(edit(service));
  }

  #put(service: ServiceResource): void {
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    const before = this.cluster.services.get(key);
    const after = this.cluster.services.put(service);
    this.witness.onHand(key, before, after);
  }

  #reshape<Table extends Readonly<Record<string, PoolForm>>>(
    table: Table,
    name: keyof Table & string,
    createsFirst: boolean,
  ): void {
    const form: PoolForm = table[name] ?? {};
    const names = new Set(Object.values(table).flatMap((one) => Object.keys(one)));
    const remove = (): void =>
      [...names].filter((one) => !(one in form)).forEach((one) => this.#removePool(one));
    if (!createsFirst) remove();
    for (const [pool, spec] of Object.entries(form)) this.#putPool(pool, spec);
    if (createsFirst) remove();
    this.witness.onPoolEdit();
  }

  #putPool(name: string, spec: Partial<IpAddressPoolResource["spec"]>): void {
    const before = this.cluster.pools.get(`${configNamespace}/${name}`);
    const creationTimestamp = before?.metadata.creationTimestamp ?? this.#now();
    const generation = (before?.metadata.generation ?? 0) + 1;
    this.cluster.pools.put({
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata: { name, namespace: configNamespace, generation, creationTimestamp },
      spec: { addresses: [], autoAssign: true, avoidBuggyIPs: false, ...spec },
      ...(before?.status && { status: before.status }),
    });
  }

  #removePool(name: string): void {
    const key = `${configNamespace}/${name}`;
    if (this.cluster.pools.get(key) !== undefined) this.cluster.pools.remove(key);
  }

  /** Each moment once, in order, whatever the clock of the operator says. */
  #now(): string {
    const second = this.#made++;
    return `2026-11-22T0${Math.floor(second / 3600)}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}Z`;
  }

  #pauseBeforeMeddling(key: string): void {
    const last = this.#lastMeddling.get(key);
    const now = this.clock.now();
    if (last !== undefined && now - last < patienceMs) this.clock.advance(patienceMs - (now - last));
    this.#lastMeddling.set(key, this.clock.now());
  }

  #fault(fate: WriteFate): WriteFault {
    switch (fate) {
      case "carried out":
        return (carryOut) => Promise.resolve(carryOut());
      case "refused":
        return { at: "refused", problem: "the API server refuses it" };
      case "conflict":
        return { at: "conflict" };
      case "timeout":
        return new WriteFailure("timeout");
      case "answer lost":
        return answerLost;
      case "under way":
        return this.#underWay.course;
    }
  }
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** What others put on a Service and into its status, and want to find there again. */
function decorated(service: ServiceResource): ServiceResource {
  const { metadata, status } = service;
  const entries = (status?.loadBalancer?.ingress ?? []).filter(({ hostname }) => hostname === undefined);
  const ours = entries.map((entry) => ({
    ...entry,
    ipMode: "Proxy",
    ports: [{ port: 80, protocol: "TCP" }],
  }));
  const condition = { type: "example.com/Seen", status: "True", reason: "Seen", message: "seen" } as const;
  const others = (status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  return {
    ...service,
    metadata: { ...metadata, annotations: { ...metadata.annotations, "example.com/of-others": "stays" } },
    status: {
      ...status,
      conditions: [{ ...condition, lastTransitionTime: "2026-11-22T08:00:00Z" }, ...others],
      loadBalancer: { ingress: [{ hostname: "lb.example.com" }, ...ours] },
    },
  };
}
