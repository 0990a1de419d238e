import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type IpAddress } from "@steelyard/model/address";
import { ip } from "../core/wire/testing/ip.ts";
import { type MulticastGroups } from "./multicast-groups.ts";

/** A host with one interface that is up. Made anew for every test. */
export interface MulticastGroupsHarness {
  readonly groups: MulticastGroups;
  readonly interfaceIndex: number;
  /** Whether the host is a member, as the host itself says. */
  isMember(group: IpAddress): boolean;
  removeLink(): void;
  close(): void | Promise<void>;
}

const one = ip("ff02::1:ff00:1");
const two = ip("ff02::1:ff00:2");

/** What every implementation of MulticastGroups does. To be called inside a `describe`. */
export function multicastGroupsContract(
  makeHarness: () => MulticastGroupsHarness | Promise<MulticastGroupsHarness>,
): void {
  let harness: MulticastGroupsHarness;

  beforeEach(async () => {
    harness = await makeHarness();
  });
  afterEach(async () => {
    harness.groups.close();
    await harness.close();
  });

  const members = () => [one, two].map((group) => harness.isMember(group));

  test("joining twice is joining once, and leaving what was not joined does nothing", () => {
    const { groups, interfaceIndex } = harness;
    groups.join(interfaceIndex, one);
    groups.join(interfaceIndex, one);
    groups.leave(interfaceIndex, two);
    expect(members()).toEqual([true, false]);
    groups.leave(interfaceIndex, one);
    expect(members()).toEqual([false, false]);
    groups.leave(interfaceIndex, one);
  });

  test("close leaves everything, and one may go on after it", () => {
    const { groups, interfaceIndex } = harness;
    groups.join(interfaceIndex, one);
    groups.join(interfaceIndex, two);
    groups.close();
    expect(members()).toEqual([false, false]);
    groups.join(interfaceIndex, two);
    expect(members()).toEqual([false, true]);
  });

  test("an interface that is gone may be left, and one that never was cannot be joined", () => {
    const { groups, interfaceIndex } = harness;
    groups.join(interfaceIndex, one);
    harness.removeLink();
    groups.leave(interfaceIndex, one);
    expect(() => groups.join(999_999, one)).toThrow(/no such device/);
  });
}
