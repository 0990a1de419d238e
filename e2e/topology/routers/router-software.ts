import { type IpFamily } from "@steelyard/model/address";
import { type NetworkNamespace } from "../namespace.ts";
import { type Program } from "../program.ts";
import {
  type LearnedRoute,
  type RouterBfdSession,
  type RouterConfig,
  type RouterKind,
  type RouterSession,
} from "./router-config.ts";

/** Where a router's programs run, and where their files are. */
export interface RouterPlace {
  readonly name: string;
  readonly host: NetworkNamespace;
  /** For configuration, sockets and the like; the router's own. */
  readonly folder: string;
}

/** One program of a router. */
export interface RouterDaemon {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** It can be asked; told again and again until it is so. */
  readonly isReady: () => Promise<boolean>;
}

/** How one vendor's router is configured, started and asked. */
export interface RouterSoftware {
  readonly kind: RouterKind;
  /** Files in the router's folder, by name. */
  files(config: RouterConfig, place: RouterPlace): Readonly<Record<string, string>>;
  /** In the order in which they start; the one that speaks BGP is called `bgp`. */
  daemons(place: RouterPlace, config: RouterConfig): readonly RouterDaemon[];
  /** Takes over the files as they are now, without a restart. Undefined = it cannot. */
  readonly reload: ((place: RouterPlace, bgp: Program) => Promise<void>) | undefined;
  /** Every path to every prefix of a family, or only to one. */
  table(place: RouterPlace, family: IpFamily, prefix?: string): Promise<readonly LearnedRoute[]>;
  /** How many prefixes of a family it has from a neighbour, by that neighbour's name in its answers. */
  count(place: RouterPlace, family: IpFamily, neighbor: string): Promise<number>;
  sessions(place: RouterPlace): Promise<readonly RouterSession[]>;
  /** Undefined = it does not speak BFD. */
  readonly bfdSessions: ((place: RouterPlace) => Promise<readonly RouterBfdSession[]>) | undefined;
}
