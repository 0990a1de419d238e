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

/** One Ethernet segment: a bridge in the sandbox's own namespace, which is itself a host on it. */
export class Segment {
  readonly bridge: string;

  private constructor(bridge: string) {
    this.bridge = bridge;
  }

  /** Makes the bridge; `addresses` (CIDR) are the sandbox's own on this segment. */
  static async create(bridge: string, addresses: readonly string[] = []): Promise<Segment> {
    await command("ip", [
      "link",
      "add",
      bridge,
      "type",
      "bridge",
      "forward_delay",
      "0",
      "mcast_snooping",
      "0",
    ]);
    await command("ip", ["link", "set", bridge, "up"]);
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
    await command("ip", ["link", "set", port, "master", this.bridge, "up"]);
    // Duplicate address detection would keep a link-local address unusable for a second, and nobody else is here.
    await namespace.sysctl({ [`net.ipv6.conf.${interfaceName}.accept_dad`]: 0 });
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

  async delete(): Promise<void> {
    await attempt("ip", ["link", "delete", this.bridge]);
  }
}

function withoutDad(address: string): readonly string[] {
  return address.includes(":") ? ["nodad"] : [];
}
