import { attempt, command } from "./command.ts";
import { type NetworkNamespace } from "./namespace.ts";

/** A host's connection to a segment. */
export interface Attachment {
  readonly namespace: NetworkNamespace;
  readonly interface: string;
  readonly mac: string;
  /** The bridge's end of the cable. */
  readonly port: string;
}

let cables = 0;
let bridges = 0;

/** One Ethernet segment: a bridge in the sandbox's own namespace, which is itself a host on it. */
export class Segment {
  readonly bridge: string;
  private isSplit = false;

  private readonly ports: string[] = [];

  private constructor(bridge: string) {
    this.bridge = bridge;
  }

  /** Makes the bridge; `addresses` (CIDR) are the sandbox's own on this segment. */
  static async create(bridge: string, addresses: readonly string[] = []): Promise<Segment> {
    await addBridge(bridge);
    for (const address of addresses)
      await command("ip", ["address", "add", address, "dev", bridge, ...withoutDad(address)]);
    return new Segment(bridge);
  }

  /** Plugs a host in: a veth pair whose one end is `interfaceName` inside the namespace. */
  async attach(
    namespace: NetworkNamespace,
    interfaceName: string,
    addresses: readonly string[],
  ): Promise<Attachment> {
    cables += 1;
    const port = `port${cables}`;
    await command("ip", [
      "link",
      "add",
      port,
      "type",
      "veth",
      "peer",
      "name",
      interfaceName,
      "netns",
      namespace.name,
    ]);
    this.ports.push(port);
    await command("ip", ["link", "set", port, "master", this.bridge, "up"]);
    // Duplicate address detection would keep a link-local address unusable for a second, and nobody else is here.
    // An interface that is taken down keeps its IPv6 addresses, as it keeps those of IPv4.
    await namespace.sysctl({
      [`net.ipv6.conf.${interfaceName}.accept_dad`]: 0,
      [`net.ipv6.conf.${interfaceName}.keep_addr_on_down`]: 1,
    });
    for (const address of addresses)
      await namespace.ip("address", "add", address, "dev", interfaceName, ...withoutDad(address));
    await namespace.ip("link", "set", interfaceName, "up");
    const [link] = JSON.parse(await namespace.ip("-j", "link", "show", interfaceName)) as {
      address: string;
    }[];
    return { namespace, interface: interfaceName, mac: link?.address ?? "", port };
  }

  /** Pulls the cable out of the switch. */
  async cut(attachment: Attachment): Promise<void> {
    await command("ip", ["link", "set", attachment.port, "down"]);
  }

  async restore(attachment: Attachment): Promise<void> {
    await command("ip", ["link", "set", attachment.port, "up"]);
  }

  /** Moves cables to a switch of their own, all at once: every host keeps its carrier and hears only those with it. */
  async split(attachments: readonly Attachment[]): Promise<void> {
    if (!this.isSplit) await addBridge(this.island);
    this.isSplit = true;
    await this.plugInto(this.island, attachments);
  }

  /** Moves cables back to where everybody is. */
  async join(attachments: readonly Attachment[]): Promise<void> {
    await this.plugInto(this.bridge, attachments);
  }

  /** A cable that is pulled out for good. */
  async detach(attachment: Attachment): Promise<void> {
    await command("ip", ["link", "delete", attachment.port]);
  }

  /**
   * Cables first: a namespace that is deleted takes its ends along only after a while, and the next network's cables have
   * the same names.
   */
  async delete(): Promise<void> {
    for (const port of this.ports) await attempt("ip", ["link", "delete", port]);
    await attempt("ip", ["link", "delete", this.bridge]);
    if (this.isSplit) await attempt("ip", ["link", "delete", this.island]);
    this.isSplit = false;
  }

  private get island(): string {
    return `${this.bridge}-island`;
  }

  private async plugInto(bridge: string, attachments: readonly Attachment[]): Promise<void> {
    const moves = attachments.map(({ port }) => `link set ${port} master ${bridge}\n`);
    await command("ip", ["-batch", "-"], { input: moves.join("") });
  }
}

/**
 * Its MAC is fixed: a bridge takes the least of its ports' otherwise, so that the router would be another host for everybody
 * whenever a cable is moved.
 */
async function addBridge(name: string): Promise<void> {
  bridges += 1;
  const mac = `02:00:5e:00:53:${(bridges % 256).toString(16).padStart(2, "0")}`;
  const switching = ["type", "bridge", "forward_delay", "0", "mcast_snooping", "0"];
  await command("ip", ["link", "add", name, "address", mac, ...switching]);
  await command("ip", ["link", "set", name, "up"]);
}

/** Duplicate address detection would keep an address unusable for a second. */
export function withoutDad(address: string): readonly string[] {
  return address.includes(":") ? ["nodad"] : [];
}
