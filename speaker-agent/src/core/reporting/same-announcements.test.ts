import { expect, test } from "@jest/globals";
import { type Announcement } from "../election/ranked-announcement.ts";
import { sameAnnouncements } from "./same-announcements.ts";

function announcement(changes: Partial<Announcement> = {}): Announcement {
  return { address: { family: "IPv4", value: 1n }, ranking: ["a", "b"], interfaces: ["eth0"], ...changes };
}

test.each<[string, Announcement[], Announcement[], boolean]>([
  ["nothing and nothing", [], [], true],
  ["equal values", [announcement()], [announcement()], true],
  ["one more", [announcement()], [announcement(), announcement()], false],
  ["one less", [announcement()], [], false],
  ["another address", [announcement()], [announcement({ address: { family: "IPv4", value: 2n } })], false],
  ["another family", [announcement()], [announcement({ address: { family: "IPv6", value: 1n } })], false],
  ["another ranking", [announcement()], [announcement({ ranking: ["b", "a"] })], false],
  ["a longer ranking", [announcement()], [announcement({ ranking: ["a", "b", "c"] })], false],
  ["another interface", [announcement()], [announcement({ interfaces: ["eth1"] })], false],
  ["all interfaces", [announcement()], [announcement({ interfaces: [] })], false],
])("sameAnnouncements: %s", (_name, a, b, expected) => {
  expect(sameAnnouncements(a, b)).toBe(expected);
});
