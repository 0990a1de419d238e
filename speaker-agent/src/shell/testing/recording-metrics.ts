import { formatIpAddress } from "@steelyard/model/address";
import {
  type AgentMetrics,
  type AnnouncedAddress,
  type BgpPeerMetrics,
  type ConflictKind,
  type Layer2State,
} from "../../ports/agent-metrics.ts";
import { type NetioReport, type OwnerMove } from "../../ports/netio-report.ts";

/** The newest value of everything, in words a test can compare. */
export class RecordingMetrics implements AgentMetrics {
  announced: readonly string[] = [];
  announcedByBgp: readonly string[] = [];
  counters: readonly string[] = [];
  configuration: { readonly loaded: boolean; readonly stale: boolean } | undefined;
  layer2: Layer2State | undefined;
  readonly moves: string[] = [];
  readonly conflicts: string[] = [];
  suspended: readonly string[] = [];
  bgpPeers: () => readonly BgpPeerMetrics[] = () => [];
  readonly updates: ("ok" | "failed")[] = [];

  setAnnounced(protocol: "layer2" | "bgp", announced: readonly AnnouncedAddress[]): void {
    const texts = announced.map(({ service, address }) => `${service} ${formatIpAddress(address)}`);
    if (protocol === "bgp") this.announcedByBgp = texts;
    else this.announced = texts;
  }

  setLayer2Counters(counters: NetioReport["counters"]): void {
    this.counters = counters.map(({ address, requests, responses, gratuitous }) => {
      return `${formatIpAddress(address)} ${requests} ${responses} ${gratuitous}`;
    });
  }

  setLayer2State(state: Layer2State): void {
    this.layer2 = state;
  }

  countMove(move: OwnerMove): void {
    this.moves.push(move.cause);
  }

  countConflicts(kind: ConflictKind, count: number): void {
    this.conflicts.push(`${kind} ${count}`);
  }

  followBgpPeers(read: () => readonly BgpPeerMetrics[]): void {
    this.bgpPeers = read;
  }

  setSuspended(services: readonly string[]): void {
    this.suspended = services;
  }

  setConfiguration(state: { readonly loaded: boolean; readonly stale: boolean }): void {
    this.configuration = state;
  }

  countUpdate(outcome: "ok" | "failed"): void {
    this.updates.push(outcome);
  }
}
