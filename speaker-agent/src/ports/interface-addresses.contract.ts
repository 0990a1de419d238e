import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { type Link } from "../core/interfaces/link.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { type InterfaceAddress, type InterfaceAddresses, type Refusal } from "./interface-addresses.ts";
import { type RouteNetlink } from "./route-netlink.ts";

/** A host with one running interface `eth0`, IPv6 included. Made anew for every test. */
export interface InterfaceAddressesHarness {
  readonly addresses: InterfaceAddresses;
  readonly netlink: RouteNetlink;
  readonly interfaceIndex: number;
  readonly eventually: (isSo: () => boolean) => Promise<void>;
  close(): void | Promise<void>;
}

/** What every implementation of InterfaceAddresses does. To be called inside a `describe`. */
export function interfaceAddressesContract(
  makeHarness: () => InterfaceAddressesHarness | Promise<InterfaceAddressesHarness>,
): void {
  let harness: InterfaceAddressesHarness;
  let watch: { close(): void };
  let links: readonly Link[] = [];

  beforeEach(async () => {
    harness = await makeHarness();
    links = [];
    watch = harness.netlink.watch(
      (all) => (links = all),
      () => undefined,
    );
  });
  afterEach(async () => {
    watch.close();
    harness.addresses.close();
    await harness.close();
  });

  const place = (address: string, interfaceIndex = harness.interfaceIndex): InterfaceAddress => ({
    interfaceIndex,
    interfaceName: "eth0",
    address: ip(address),
  });
  const bound = (): readonly string[] =>
    links.flatMap(({ name, addresses }) =>
      addresses
        .filter((each) => each.bound)
        .map(({ address, prefixLength }) => `${formatIpAddress(address)}/${prefixLength} on ${name}`),
    );
  const answer = async (ask: (onDone: (refusal: Refusal) => void) => void): Promise<Refusal> => {
    const answers: Refusal[] = [];
    ask((refusal) => answers.push(refusal));
    await harness.eventually(() => answers.length > 0);
    return answers[0];
  };

  test.each([
    ["192.0.2.10", "192.0.2.10/32 on eth0"],
    ["2001:db8::10", "2001:db8::10/128 on eth0"],
  ])("%s is put on an interface, shows with its mark, and is taken off", async (address, shown) => {
    const { addresses, eventually } = harness;
    expect(await answer((onDone) => addresses.add(place(address), onDone))).toBeUndefined();
    await eventually(() => bound().includes(shown));
    expect(await answer((onDone) => addresses.add(place(address), onDone))).toBe("EEXIST");
    expect(await answer((onDone) => addresses.remove(place(address), onDone))).toBeUndefined();
    await eventually(() => bound().length === 0);
    expect(await answer((onDone) => addresses.remove(place(address), onDone))).toBe("EADDRNOTAVAIL");
  });

  test("an interface that is not there", async () => {
    const { addresses } = harness;
    expect(await answer((onDone) => addresses.add(place("192.0.2.10", 9999), onDone))).toBe("ENODEV");
    expect(await answer((onDone) => addresses.add(place("2001:db8::10", 9999), onDone))).toBe("ENODEV");
  });

  test("hundreds at once are all answered, and changes of one address keep their order", async () => {
    const { addresses, eventually } = harness;
    let answered = 0;
    const count = (): void => void answered++;
    for (let i = 0; i < 200; i++) {
      addresses.add(place(`192.0.2.${i}`), count);
      addresses.add(place(`2001:db8::${i}`), count);
      if (i !== 7) addresses.remove(place(`192.0.2.${i}`), count);
      addresses.remove(place(`2001:db8::${i}`), count);
    }
    await eventually(() => answered === 799);
    await eventually(() => bound().join() === "192.0.2.7/32 on eth0");
  });

  test("nobody is told after the close, but what was asked for is done", async () => {
    const { addresses, eventually } = harness;
    const answers: Refusal[] = [];
    for (let i = 0; i < 100; i++) addresses.add(place(`192.0.2.${i}`), (refusal) => answers.push(refusal));
    addresses.close();
    await eventually(() => bound().length === 100);
    expect(answers).toEqual([]);
  });
}
