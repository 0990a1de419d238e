import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../cluster/clock.ts";
import { type NetworkNamespace } from "../topology/namespace.ts";
import { type Program } from "../topology/program.ts";
import { type ContainerSpec, type RestartPolicy } from "./pod-object.ts";
import { runProbes } from "./probes.ts";

/** Where probes come from and go to. */
export interface ProbeRoute {
  readonly node: NetworkNamespace;
  readonly podIp: string;
}

/** As the kubelet: at once after the first end, then 10 s, doubled each time. */
const restartSeconds = (restarts: number): number =>
  restarts <= 1 ? 0 : Math.min(300, 10 * 2 ** (restarts - 2));

/** A container of a Pod: its process, started again when it ends as the Pod's policy says, and what its probes say. */
export class Container {
  readonly spec: ContainerSpec;
  readonly #launch: () => Program;
  readonly #restartPolicy: RestartPolicy;
  readonly #route: ProbeRoute;
  readonly #changed: () => void;
  readonly #stop = new AbortController();
  /** All it ever ran, the latest last. */
  readonly programs: Program[] = [];
  #startedAt: string | undefined;
  #isStarted = false;
  #isReady = false;
  #restarts = 0;
  #end: { readonly exitCode: number; readonly finishedAt: string } | undefined;
  #whenOver: Promise<void> = Promise.resolve();

  constructor(
    spec: ContainerSpec,
    {
      launch,
      restartPolicy,
      route,
    }: {
      readonly launch: () => Program;
      readonly restartPolicy: RestartPolicy;
      readonly route: ProbeRoute;
    },
    changed: () => void,
  ) {
    this.spec = spec;
    this.#launch = launch;
    this.#restartPolicy = restartPolicy;
    this.#route = route;
    this.#changed = changed;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Of a container that will not be started again. */
  get exitCode(): number | undefined {
    return this.#end?.exitCode;
  }

  start(): void {
    this.#whenOver = this.#keepRunning();
  }

  /** SIGTERM, and SIGKILL after the grace period. */
  async stop(graceMillis: number): Promise<void> {
    this.#stop.abort();
    await this.programs.at(-1)?.stop("SIGTERM", graceMillis);
    await this.#whenOver;
  }

  /** A containerStatus. */
  get status(): Readonly<Record<string, unknown>> {
    const { name, image } = this.spec;
    return {
      name,
      image,
      imageID: image,
      state: this.#state,
      started: this.#isStarted,
      ready: this.#isReady,
      restartCount: this.#restarts,
    };
  }

  get #state(): object {
    if (this.#end !== undefined) {
      const reason = this.#end.exitCode === 0 ? "Completed" : "Error";
      return { terminated: { ...this.#end, reason, startedAt: this.#startedAt } };
    }
    if (this.#startedAt !== undefined) return { running: { startedAt: this.#startedAt } };
    return { waiting: { reason: this.#restarts > 1 ? "CrashLoopBackOff" : "ContainerCreating" } };
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const exitCode = await this.#runOnce();
      if (signal.aborted) return;
      const isOver =
        this.#restartPolicy === "Never" || (this.#restartPolicy === "OnFailure" && exitCode === 0);
      if (isOver) {
        this.#end = { exitCode, finishedAt: wholeSeconds() };
        this.#isReady = false;
        return this.#changed();
      }
      this.#restarts += 1;
      this.#tell({ isStarted: false, isReady: false, startedAt: undefined });
      await pause(restartSeconds(this.#restarts) * 1000, undefined, { signal }).catch(() => undefined);
    }
  }

  async #runOnce(): Promise<number> {
    const program = this.#launch();
    this.programs.push(program);
    this.#tell({ isStarted: false, isReady: false, startedAt: wholeSeconds() });
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stop.signal]);
    const listener = {
      started: () => this.#tell({ isStarted: true }),
      ready: (isReady: boolean) => this.#tell({ isReady }),
      failed: () => void program.stop("SIGTERM", 2_000),
    };
    void runProbes(this.spec, this.#route.node, this.#route.podIp, listener, signal);
    const { code } = await program.whenEnded;
    over.abort();
    // Ended by a signal: as a shell tells it, whichever it was.
    return code ?? 137;
  }

  #tell(news: { isStarted?: boolean; isReady?: boolean; startedAt?: string | undefined }): void {
    const before = JSON.stringify(this.status);
    if (news.isStarted !== undefined) this.#isStarted = news.isStarted;
    if (news.isReady !== undefined) this.#isReady = news.isReady;
    if ("startedAt" in news) this.#startedAt = news.startedAt;
    if (JSON.stringify(this.status) !== before) this.#changed();
  }
}

/** metav1.Time */
export function wholeSeconds(): string {
  return systemClock.timestamp().replace(/\.\d+Z$/, "Z");
}
