import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Link } from "../../interfaces/link.ts";
import { hasSubnetOf, subnetsOf } from "../../interfaces/subnets.ts";
import { MAC_LENGTH } from "../../wire/mac-address.ts";
import { type ArpSettings, type ArpSettingsByLink, type BindingWish } from "./types.ts";

/**
 * Whether the kernel answers neighbours on `link` for an address that is bound to the link with index `boundTo`: `always`,
 * `never`, or `sometimes`, which is whenever it depends on who asks.
 *
 * ARP: arp_ignore of Documentation/networking/ip-sysctl. 0 (and 4 to 7, which are reserved): for every address of the host;
 * 1: for those of the link itself; 2: for these, to askers of their subnet; 3: as 0, but not for addresses of host scope,
 * which ours are not; 8: for none. With arp_filter it also depends on the route to who asks. Neighbour discovery (RFC
 * 4861): for the addresses of the link itself.
 */
export function kernelAnswers(
  address: IpAddress,
  boundTo: number,
  link: Link,
  settings: ArpSettings | undefined,
): "always" | "sometimes" | "never" {
  if (!hearsNeighbours(link)) return "never";
  if (address.family === "IPv6") return link.index === boundTo ? "always" : "never";
  if (settings === undefined) return "sometimes";
  const { arpIgnore, arpFilter } = settings;
  const isOwn = link.index === boundTo;
  if (arpIgnore === 8 || ((arpIgnore === 1 || arpIgnore === 2) && !isOwn)) return "never";
  return arpFilter || arpIgnore === 2 ? "sometimes" : "always";
}

/** What arrives on a port arrives on its master. */
function hearsNeighbours({ running, loopback, noArp, master, mac }: Link): boolean {
  return running && !loopback && !noArp && master === undefined && mac.length === MAC_LENGTH;
}

/** The links whose ARP settings matter: where addresses are announced, or might be taken to belong. */
export function linksToLookAt(wishes: readonly BindingWish[], links: readonly Link[]): readonly Link[] {
  const ipv4 = wishes.filter(({ address }) => address.family === "IPv4");
  if (ipv4.length === 0) return [];
  return links.filter(
    (link) =>
      hearsNeighbours(link) && ipv4.some((wish) => isAnnouncedOn(wish, link) || belongsOn(wish, link)),
  );
}

/** Where the kernel answers although the address is not announced there: one sentence per link. */
export function straySentences(
  bound: readonly (BindingWish & { readonly interfaceIndex: number })[],
  links: readonly Link[],
  settings: ArpSettingsByLink,
): readonly string[] {
  return links.flatMap((link) => {
    const stray = bound.filter(
      (wish) =>
        !isAnnouncedOn(wish, link) &&
        belongsOn(wish, link) &&
        settings.get(link.index) !== undefined &&
        kernelAnswers(wish.address, wish.interfaceIndex, link, settings.get(link.index)) !== "never",
    );
    const [first] = stray;
    return first === undefined ? [] : [strayOn(link, first.address, stray.length, settings.get(link.index))];
  });
}

function strayOn(link: Link, address: IpAddress, count: number, settings: ArpSettings | undefined): string {
  const others = count > 1 ? ` and ${count - 1} more` : "";
  return (
    `the kernel answers ARP for ${formatIpAddress(address)}${others} on ${link.name}, too, where it is not announced, ` +
    `because arp_ignore is ${settings?.arpIgnore ?? 0} there; net.ipv4.conf.all.arp_ignore=1 ends that`
  );
}

function isAnnouncedOn({ announcedOn }: BindingWish, { name }: Link): boolean {
  return announcedOn.includes(name);
}

function belongsOn({ address }: BindingWish, { addresses, defaultRoute }: Link): boolean {
  return defaultRoute.v4 || hasSubnetOf(subnetsOf(addresses), address);
}
