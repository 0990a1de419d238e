import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtProgram, repository } from "./dist.ts";
import { hasOnlyRoot } from "./sandbox.ts";

export type ImageName = "operator" | "speaker-agent";

/** Of a container's securityContext, what is applied here; seccomp is not. Names of capabilities as in a Pod: NET_RAW. */
export interface PodSecurity {
  /** The image's own when left out. */
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly allowPrivilegeEscalation: boolean;
  readonly readOnlyRootFilesystem: boolean;
  /** What is added after `drop: [ALL]`. */
  readonly capabilities: readonly string[];
}

/** What is mounted where: a folder or file of this machine, or a fresh file system in memory that everybody may write. */
export type PodMount =
  { readonly from: string; readonly to: string; readonly readOnly: boolean } | { readonly emptyDir: string };

export interface PodStart {
  readonly args: readonly string[];
  readonly security: PodSecurity;
  readonly mounts?: readonly PodMount[];
  /** In place of the image's entry point, as a container's `command`. */
  readonly command?: readonly string[];
  /** Docker before 24.0.6 permits a user other than root nothing before the execve; containerd, CRI-O and newer ones do. */
  readonly runtime?: "bounding-only";
}

/** As the chart asks for the speaker, without what only some values add. */
export const speakerSecurity: PodSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: ["NET_RAW", "NET_BIND_SERVICE"],
};

/** As the chart asks for the controller. */
export const controllerSecurity: PodSecurity = { ...speakerSecurity, capabilities: [] };

/** linux/capability.h */
const capabilityNumbers: Readonly<Record<string, number>> = {
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  SYS_NICE: 23,
};

interface ImageConfiguration {
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly digest: string;
  readonly capabilities: readonly string[];
}

/** A root directory that `npm run images` made, and how its program is started as a pod's. */
export class Image {
  readonly name: ImageName;
  readonly root: string;
  readonly configuration: ImageConfiguration;

  constructor(name: ImageName) {
    const why = whyNoImage(name);
    if (why !== undefined) throw new Error(why);
    this.name = name;
    this.root = imageRoot(name);
    this.configuration = JSON.parse(readFileSync(`${this.root}.json`, "utf8")) as ImageConfiguration;
  }

  /**
   * The command that becomes the program, for NetworkNamespace.spawn or spawnHere; it keeps its process id. Where the sandbox
   * has only root the program is root of that user namespace, with the same capabilities.
   */
  command({ args, security, mounts = [], command, runtime }: PodStart): [string, ...string[]] {
    const [user = "0", group = user] = this.configuration.user.split(":");
    const settings = {
      root: this.root,
      scratch: scratchFolder(),
      user: hasOnlyRoot() ? 0 : (security.runAsUser ?? user),
      group: hasOnlyRoot() ? 0 : (security.runAsGroup ?? group),
      capabilities: capabilityMask(security.capabilities).toString(16),
    };
    const flags = [
      ...(security.allowPrivilegeEscalation ? [] : ["no-new-privileges"]),
      ...(security.readOnlyRootFilesystem ? ["read-only"] : []),
      ...(runtime === undefined ? [] : [runtime]),
    ];
    const assignments = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    const program = [...(command ?? this.configuration.entrypoint), ...args];
    return [
      builtProgram("pod-process"),
      ...assignments,
      ...flags,
      ...mounts.map(mountOption),
      "--",
      ...program,
    ];
  }
}

/** Why a program cannot be run out of its image, or undefined when it can. */
export function whyNoImage(name: ImageName): string | undefined {
  return existsSync(`${imageRoot(name)}.json`) ? undefined : "no images: run npm run images";
}

function imageRoot(name: ImageName): string {
  return join(repository, ".cache", "images", name);
}

function capabilityMask(names: readonly string[]): bigint {
  return names.reduce((mask, name) => {
    const number = capabilityNumbers[name];
    if (number === undefined) throw new Error(`unknown capability ${name}`);
    return mask | (1n << BigInt(number));
  }, 0n);
}

function mountOption(mount: PodMount): string {
  if ("emptyDir" in mount) return `tmpfs=${mount.emptyDir}`;
  return `bind${mount.readOnly ? "-read-only" : ""}=${mount.from}:${mount.to}`;
}

/** In the sandbox /run is a file system of its own: what lies there goes with it. */
function scratchFolder(): string {
  mkdirSync("/run/steelyard-pods", { recursive: true });
  return mkdtempSync("/run/steelyard-pods/");
}
