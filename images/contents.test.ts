import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundledPackages, placeOf } from "./bundled-packages.mjs";
import { rootDigest } from "./root-digest.mjs";
import { softwareBill } from "./sbom.mjs";
import { newestGlibc } from "./stages/addon.mjs";

test.each([
  ["node_modules/pino/lib/levels.js", "node_modules/pino"],
  ["node_modules/@dot-i/k8s-operator/dist/operator.js", "node_modules/@dot-i/k8s-operator"],
  ["node_modules/a/node_modules/b/index.js", "node_modules/a/node_modules/b"],
  ["operator/node_modules/c/index.js", "operator/node_modules/c"],
  ["operator/src/main.ts", undefined],
])("%s is of the package at %s", (input, place) => {
  expect(placeOf(input)).toBe(place);
});

test("a package in the bundle comes with version, digest and licence", () => {
  expect(bundledPackages(["node_modules/pino/pino.js", "node_modules/pino/lib/levels.js"])).toEqual([
    {
      name: "pino",
      version: expect.stringMatching(/^10\./),
      license: "MIT",
      integrity: expect.stringMatching(/^sha512-/),
      licenseTexts: [expect.stringContaining("Permission is hereby granted")],
    },
  ]);
});

test("a package that the lock file does not know is refused", () => {
  expect(() => bundledPackages(["node_modules/not-there/index.js"])).toThrow("not in package-lock.json");
});

test("the newest version of the C library is found by number, not by letter", () => {
  expect(newestGlibc("…GLIBC_2.4\0GLIBC_2.34\0GLIBC_2.9\0GLIBCXX_3.4.30\0GLIBC_PRIVATE")).toBe("2.34");
});

describe("the bill of materials", () => {
  const context = { architecture: "arm64", version: "1.2.3", created: "2026-11-30T00:00:00Z" };
  const pino = {
    name: "pino",
    version: "10.4.0",
    license: "MIT",
    integrity: "sha512-AAEC",
    licenseTexts: [],
  };
  const scoped = { ...pino, name: "@pinojs/redact", integrity: undefined };
  const bill = softwareBill("operator", { ...context, packages: [pino, scoped] });

  test("names every part once, by purl, with its digest", () => {
    const ids = bill.packages.map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
    expect(bill.packages).toContainEqual(
      expect.objectContaining({
        name: "pino",
        versionInfo: "10.4.0",
        checksums: [{ algorithm: "SHA512", checksumValue: "000102" }],
        externalRefs: [expect.objectContaining({ referenceLocator: "pkg:npm/pino@10.4.0" })],
      }),
    );
    const locators = bill.packages.flatMap(({ externalRefs = [] }) =>
      externalRefs.map(({ referenceLocator }) => referenceLocator),
    );
    expect(locators).toContain("pkg:npm/%40pinojs/redact@10.4.0");
    expect(locators).toContainEqual(expect.stringMatching(/^pkg:deb\/debian\/libc6@.*arch=arm64/));
  });

  test("describes the image, which contains every other part", () => {
    const [own, ...parts] = bill.packages;
    expect(bill.relationships).toEqual([
      expect.objectContaining({ relationshipType: "DESCRIBES", relatedSpdxElement: own?.SPDXID }),
      ...parts.map(({ SPDXID }) => ({
        spdxElementId: own?.SPDXID,
        relationshipType: "CONTAINS",
        relatedSpdxElement: SPDXID,
      })),
    ]);
  });

  test("has another namespace for another content", () => {
    const other = softwareBill("operator", { ...context, packages: [pino] });
    expect(other.documentNamespace).not.toBe(bill.documentNamespace);
  });
});

describe("the digest of a root directory", () => {
  let folder: string;
  const make = (): void => {
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a/b"), "one");
    symlinkSync("b", join(folder, "a/link"));
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "steelyard-digest-"));
    make();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test.each<[string, () => void, boolean]>([
    ["a time", () => utimesSync(join(folder, "a/b"), 1, 1), true],
    ["a content", () => writeFileSync(join(folder, "a/b"), "two"), false],
    ["a mode", () => chmodSync(join(folder, "a/b"), 0o755), false],
    ["a new empty folder", () => mkdirSync(join(folder, "c")), false],
    [
      "a link's target",
      () => {
        rmSync(join(folder, "a/link"));
        symlinkSync("c", join(folder, "a/link"));
      },
      false,
    ],
  ])("after %s changed", (_, change, same) => {
    const before = rootDigest(folder);
    change();
    expect(rootDigest(folder).digest === before.digest).toBe(same);
    expect(before.bytes).toBe(3);
  });
});
