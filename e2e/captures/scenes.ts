import { type Router } from "../topology/routers/router.ts";
import { type Conversation, message } from "./conversation.ts";

/** Something said to a router, by a neighbour of its own: routers hold it against one for a while when they have been offended. */
export interface Scene {
  readonly name: string;
  /** Over IPv6 in place of IPv4. */
  readonly overIpv6?: true;
  readonly play: (conversation: Conversation, router: Router) => Promise<void>;
}

const FAMILIES = "0104 00010001 0104 00020001";
const REFRESH = "0200 4600";
const EXTENDED_NEXT_HOP = "0506 000100010002";
const RESTART = "400a 4078 00010180 00020180";
const FOUR_BYTES = "4104 0000fde8";
const EVERYTHING = `${FAMILIES} ${REFRESH} ${EXTENDED_NEXT_HOP} ${RESTART} ${FOUR_BYTES}`;
const SETTLED = 2500;

function bytes(hex: string): string {
  const length = hex.replaceAll(" ", "").length / 2;
  return `${length.toString(16).padStart(2, "0")} ${hex}`;
}

function open(
  changes: { version?: string; as?: string; hold?: string; id?: string; parameters?: string } = {},
): string {
  const {
    version = "04",
    as = "fde8",
    hold = "005a",
    id = "0a000001",
    parameters = capabilities(EVERYTHING),
  } = changes;
  return `01 ${version} ${as} ${hold} ${id} ${bytes(parameters)}`;
}

function capabilities(hex: string): string {
  return `02 ${bytes(hex)}`;
}

async function establish(conversation: Conversation, how = open()): Promise<void> {
  conversation.say(how);
  await conversation.quiet(500);
  conversation.say("04");
  await conversation.quiet(SETTLED);
}

/** An OPEN, or something else in its place, that a router does not like. */
function refused(name: string, say: (conversation: Conversation) => void): Scene {
  return {
    name,
    play: async (conversation) => {
      say(conversation);
      await conversation.quiet(SETTLED);
    },
  };
}

/** Something that a router does not like in an established session. */
function offended(name: string, say: (conversation: Conversation) => void): Scene {
  return {
    name,
    play: async (conversation) => {
      await establish(conversation);
      say(conversation);
      await conversation.quiet(SETTLED);
    },
  };
}

const PATH = "400101 00 400206 0201 0000fde8 400304 c0a80901";

function update(attributes: string, routes = ""): string {
  const length = attributes.replaceAll(" ", "").length / 2;
  return `02 0000 ${length.toString(16).padStart(4, "0")} ${attributes} ${routes}`;
}

async function withdrawAll(router: Router): Promise<void> {
  const { networks = [], asn } = router.config;
  if (router.kind === "frr") {
    const lines = networks.map((prefix) => {
      const family = prefix.includes(":") ? "ipv6" : "ipv4";
      return [`address-family ${family} unicast`, `no network ${prefix}`, "exit-address-family"];
    });
    await router.vtysh("configure terminal", `router bgp ${asn}`, ...lines.flat());
  } else if (router.kind !== "exabgp") await router.configure({ ...router.config, networks: [] });
}

/** Sends the whole table again, in both families. */
async function refreshed(conversation: Conversation): Promise<void> {
  conversation.say("05 0001 00 01");
  conversation.say("05 0002 00 01");
  await conversation.quiet(SETTLED);
}

export const scenes: readonly Scene[] = [
  refused("another AS", (it) =>
    it.say(open({ as: "fde9", parameters: capabilities(`${FAMILIES} 4104 0000fde9`) })),
  ),
  refused("version 3", (it) => it.say(open({ version: "03" }))),
  refused("hold time 1", (it) => it.say(open({ hold: "0001" }))),
  refused("identifier 0", (it) => it.say(open({ id: "00000000" }))),
  refused("its own identifier", (it) => it.say(open({ id: "c0a80902" }))),
  refused("parameter 1", (it) => it.say(open({ parameters: "01 02 0000" }))),
  refused("a family nobody has", (it) =>
    it.say(open({ parameters: capabilities(`0104 00190046 ${FOUR_BYTES}`) })),
  ),
  refused("a capability cut short", (it) => it.say(open({ parameters: "02 03 010400" }))),
  refused("parameters in the long form", (it) =>
    it.say(`01 04 fde8 005a 0a000001 ff ff 0027 02 0024 ${EVERYTHING.slice(0, -FOUR_BYTES.length)}`),
  ),
  refused("no marker", (it) => it.sayRaw(message(open()).replace("ffff", "fffe"))),
  refused("type 9", (it) => it.say("09")),
  refused("a KEEPALIVE of 20 bytes", (it) => it.say("04 00")),
  refused("an UPDATE first", (it) => it.say("02 0000 0000")),
  offended("a second OPEN", (it) => it.say(open())),
  offended("length 18", (it) => it.sayRaw(`${"ff".repeat(16)}001204`)),
  offended("a route of 33 bits", (it) => it.say(update(PATH, "21 0a00000100"))),
  offended("no ORIGIN", (it) => it.say(update(PATH.slice("400101 00".length), "20 0a000001"))),
  offended("ORIGIN 9", (it) => it.say(update(PATH.replace("01 00", "01 09"), "20 0a000001"))),
  offended("an unknown attribute that is well known", (it) =>
    it.say(update(`${PATH} 406300`, "20 0a000001")),
  ),
  offended("attributes longer than the message", (it) => it.say("02 0000 0040 400101")),
  offended("MP_REACH cut short", (it) => it.say(update("800e05 0002 01 10 20"))),
  offended("MP_UNREACH twice", (it) => it.say(update("800f03 000201 800f03 000201"))),
  offended("a ROUTE-REFRESH of 5 bytes", (it) => it.say("05 0001 01 01 00")),
  offended("a ROUTE-REFRESH of another family", (it) => it.say("05 0019 00 46")),
  offended("our shutdown", (it) => it.say("03 06 02 05 68656c6c6f")),
  {
    name: "silence",
    play: async (conversation) => {
      await establish(conversation, open({ hold: "0003" }));
      await conversation.quiet(6000);
    },
  },
  {
    name: "two-byte AS numbers",
    play: (conversation) =>
      establish(conversation, open({ parameters: capabilities(`${FAMILIES} ${REFRESH}`) })),
  },
  {
    name: "no capability",
    play: (conversation) => establish(conversation, open({ parameters: "" }).replace(/02 00 $/, "")),
  },
  {
    name: "IPv6, and everything",
    overIpv6: true,
    play: async (conversation) => {
      await establish(conversation);
      await refreshed(conversation);
    },
  },
  {
    name: "everything, withdrawn, and the router ends",
    play: async (conversation, router) => {
      await establish(conversation);
      await refreshed(conversation);
      await withdrawAll(router);
      await conversation.quiet(SETTLED);
      void router.stop();
      await conversation.quiet(SETTLED);
    },
  },
];
