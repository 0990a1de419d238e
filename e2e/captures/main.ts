import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../topology/dist.ts";
import { NetworkNamespace } from "../topology/namespace.ts";
import { type RouterKind, routerKinds } from "../topology/routers/router-config.ts";
import { whyNoRouter } from "../topology/routers/router-programs.ts";
import { Router } from "../topology/routers/router.ts";
import { enterSandbox } from "../topology/sandbox.ts";
import { Segment } from "../topology/segment.ts";
import { Conversation } from "./conversation.ts";
import { type Scene, scenes } from "./scenes.ts";

const fixtures = join(repository, "speaker-agent/src/core/wire/bgp/fixtures");
const [router4, router6] = ["192.168.9.2", "fd09::2"];
/** Of the well-behaved and of the long: what routers announce has to fill all forms of a route. */
const networks = ["203.0.113.0/24", "198.51.100.7/32", "10.0.0.0/8", "2001:db8:1::/48", "2001:db8::7/128"];

const chosen = process.argv.slice(2);
const kinds = routerKinds.filter((kind) => chosen.length === 0 || chosen.includes(kind));
await enterSandbox();
const segment = await Segment.create(
  "captures",
  scenes.map((_, index) => `${addressOf(index)}/${isLong(index) ? 64 : 24}`),
);
mkdirSync(fixtures, { recursive: true });
for (const kind of kinds) await capture(kind);
await segment.delete();

/** Each scene's neighbour has an address of its own. */
function addressOf(index: number): string {
  return isLong(index) ? `fd09::${100 + index}` : `192.168.9.${100 + index}`;
}

function isLong(index: number): boolean {
  return scenes[index]?.overIpv6 === true;
}

async function capture(kind: RouterKind): Promise<void> {
  const why = whyNoRouter(kind);
  if (why !== undefined) return console.log(`${kind}: ${why}`);
  const lines = [
    ...(await hear(
      kind,
      kind,
      isOfOneFamily(kind) ? [`${router4}/24`] : [`${router4}/24`, `${router6}/64`],
      ({ overIpv6 }) => !isOfOneFamily(kind) || overIpv6 !== true,
    )),
    // Without an address of IPv4 its routes need a next hop of IPv6 (RFC 8950).
    ...(await hear(kind, `${kind}6`, [`${router6}/64`], ({ overIpv6 }) => overIpv6 === true)),
  ];
  const news = lines.filter((line, index) => line.startsWith("#") || lines.indexOf(line) === index);
  writeFileSync(join(fixtures, `${kind}.txt`), `${news.join("\n")}\n`);
  console.log(`${kind}: ${news.filter((line) => !line.startsWith("#")).length} messages`);
}

/** ExaBGP finds no next hop of its own for the family that is not its session's, and sends such routes without one. */
function isOfOneFamily(kind: RouterKind): boolean {
  return kind === "exabgp";
}

async function hear(
  kind: RouterKind,
  name: string,
  addresses: readonly string[],
  isPlayed: (scene: Scene) => boolean,
): Promise<readonly string[]> {
  const host = await NetworkNamespace.create(name);
  await segment.attach(host, "eth0", addresses);
  const played = [...scenes.entries()].filter(([, scene]) => isPlayed(scene));
  const neighbors = played.map(([index]) => ({
    address: addressOf(index),
    source: isLong(index) ? router6 : router4,
    asn: 65000,
    ...(isOfOneFamily(kind) ? {} : { families: ["IPv4", "IPv6"] as const }),
  }));
  const own = networks.filter(
    (prefix) => !isOfOneFamily(kind) || prefix.includes(":") === !addresses.includes(`${router4}/24`),
  );
  const config = { asn: 65010, routerId: router4, networks: own, neighbors };
  const router = await Router.start(kind, { name, host, config });
  const lines: string[] = [];
  for (const [index, scene] of played) {
    // GoBGP does not outlive all of them.
    if (!router.programs.every(({ isRunning }) => isRunning)) await router.restart();
    lines.push(`# ${scene.name}${name === kind ? "" : ", without an address of IPv4"}`);
    lines.push(...(await heardIn(scene, index, router)));
  }
  await router.kill();
  await host.delete();
  return lines;
}

async function heardIn(scene: Scene, index: number, router: Router): Promise<readonly string[]> {
  try {
    const conversation = await Conversation.open(addressOf(index), isLong(index) ? router6 : router4);
    await scene.play(conversation, router);
    conversation.end();
    return conversation.heard;
  } catch (error) {
    return [`# ${String(error)}`];
  }
}
