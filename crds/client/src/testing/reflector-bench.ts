import { seededRandom } from "@steelyard/model/testing";
import { type ObjectChange } from "../reflector/object-store.ts";
import { Reflector } from "../reflector/reflector.ts";
import { type ReflectorOptions } from "../reflector/reflector-options.ts";
import { type ResourceType } from "../resource-types.ts";
import { KubeTransport } from "../transport/kube-transport.ts";
import { MisbehavingServer } from "./misbehaving-server.ts";
import { RecordingLog } from "./recording-log.ts";
import { plainConnection } from "./test-connection.ts";
import { WatchfulClock } from "./watchful-clock.ts";

export const things: ResourceType = {
  group: "test.example",
  version: "v1",
  plural: "things",
  kind: "Thing",
  namespaced: true,
};

/** What is left of a thing after projection. */
export interface Thing {
  readonly name: string;
  readonly colour: string;
}

export function projectThing(raw: unknown): Thing {
  const { metadata, spec } = raw as { metadata: { name: string }; spec: { colour: string } };
  return { name: metadata.name, colour: spec.colour };
}

/** A reflector of things, a server to mistreat it, and everything a test wants to look at. */
export class ReflectorBench {
  readonly server: MisbehavingServer;
  readonly clock = new WatchfulClock();
  readonly log = new RecordingLog();
  readonly transport: KubeTransport;
  readonly reflector: Reflector<Thing>;
  /** Changes that the store told of, as `added default/a red`. */
  readonly told: string[] = [];

  private constructor(server: MisbehavingServer, options: Partial<ReflectorOptions<Thing>>) {
    this.server = server;
    this.transport = new KubeTransport(plainConnection(server.url), { clock: this.clock });
    this.reflector = new Reflector(
      { type: things, project: projectThing, ...options },
      { transport: this.transport, clock: this.clock, random: seededRandom(7), log: this.log },
    );
    this.reflector.store.subscribe((change) => this.told.push(describe(change)));
  }

  static async open(options: Partial<ReflectorOptions<Thing>> = {}): Promise<ReflectorBench> {
    return new ReflectorBench(await MisbehavingServer.start(), options);
  }

  /** The whole store, sorted: `default/a red`. */
  get content(): readonly string[] {
    const { store } = this.reflector;
    return store
      .keys()
      .map((key) => `${key} ${store.get(key)?.colour}`)
      .sort();
  }

  start(): void {
    this.reflector.start();
  }

  /** Resolves when the store tells of this change, or has told. */
  async hears(change: string): Promise<void> {
    if (this.told.includes(change)) return;
    await new Promise<void>((resolve) => {
      const end = this.reflector.store.subscribe((next) => {
        if (describe(next) !== change) return;
        end();
        resolve();
      });
    });
  }

  /** Resolves with the delay that the reflector chose before its next attempt, when it has begun to wait. */
  waits(): Promise<number> {
    return this.clock.armed(isRetryDelay);
  }

  /** Lets that delay pass. */
  passesWait(): Promise<number> {
    return this.clock.pass(isRetryDelay);
  }

  async close(): Promise<void> {
    await this.reflector.stop();
    this.transport.close();
    await this.server.close();
  }
}

/** The other timers of a reflector are the header limit (30 s exactly) and the idle limit (90 s). */
function isRetryDelay(delay: number): boolean {
  return delay !== 30_000 && delay !== 90_000;
}

function describe({ type, key, object }: ObjectChange<Thing>): string {
  return `${type} ${key} ${object.colour}`;
}
