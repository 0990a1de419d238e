// What an image consists of, as SPDX 2.3 (JSON): the npm packages that are really in the bundle, node, Debian's packages.

import { createHash } from "node:crypto";
import { debian, node, programs } from "./stages.mjs";

/**
 * @typedef {{ SPDXID: string, name: string, externalRefs?: { referenceLocator: string }[] }} Part
 * @typedef {{ spdxElementId: string, relationshipType: string, relatedSpdxElement: string }} Relationship
 */

/**
 * The document; the same image gives the same bytes. `created` in ISO 8601.
 * @returns {{ packages: Part[], relationships: Relationship[], documentNamespace: string }}
 */
export function softwareBill(program, { architecture, version, created, packages }) {
  const own = ownPackage(program, version);
  const parts = [
    ...packages.map(npmPackage),
    nodePackage(architecture),
    ...debian.packages.map((entry) => debianPackage(entry, architecture)),
  ];
  const content = createHash("sha256")
    .update(JSON.stringify([own, parts]))
    .digest("hex");
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `steelyard-${program}-${version}-${architecture}`,
    documentNamespace: `https://steelyard.io/spdx/${program}/${version}/${architecture}/${content}`,
    creationInfo: { created, creators: ["Tool: steelyard-images"] },
    packages: [own, ...parts],
    relationships: [
      relationship("SPDXRef-DOCUMENT", "DESCRIBES", own.SPDXID),
      ...parts.map((part) => relationship(own.SPDXID, "CONTAINS", part.SPDXID)),
    ],
  };
}

function relationship(from, relationshipType, to) {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

function ownPackage(program, version) {
  return describe("program", {
    name: program,
    version,
    license: "Apache-2.0",
    purpose: "CONTAINER",
    summary: programs[program].description,
  });
}

function npmPackage({ name, version, license, integrity }) {
  const [algorithm, digest] = integrity?.split("-", 2) ?? [];
  return describe("npm", {
    name,
    version,
    license,
    locator: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    checksum: algorithm === "sha512" ? { algorithm: "SHA512", checksumValue: hex(digest) } : undefined,
  });
}

function nodePackage(architecture) {
  const { name, integrity } = node.packages[architecture];
  return describe("node", {
    name: "node",
    version: node.version,
    license: "MIT",
    locator: `pkg:npm/${name}@${node.version}`,
    checksum: { algorithm: "SHA512", checksumValue: hex(integrity.replace("sha512-", "")) },
  });
}

function debianPackage({ name, version, license, sha256 }, architecture) {
  const place = `arch=${architecture}&distro=debian-${debian.version}`;
  return describe("deb", {
    name,
    version,
    license,
    locator: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?${place}`,
    checksum: { algorithm: "SHA256", checksumValue: sha256[architecture] },
  });
}

function describe(kind, { name, version, license, locator, checksum, purpose, summary }) {
  return {
    SPDXID: `SPDXRef-${kind}-${`${name}-${version}`.replace(/[^A-Za-z0-9.-]+/g, "-")}`,
    name,
    versionInfo: version,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: license ?? "NOASSERTION",
    copyrightText: "NOASSERTION",
    ...(purpose === undefined ? {} : { primaryPackagePurpose: purpose }),
    ...(summary === undefined ? {} : { summary }),
    ...(checksum === undefined ? {} : { checksums: [checksum] }),
    ...(locator === undefined ? {} : { externalRefs: [externalReference(locator)] }),
  };
}

function externalReference(referenceLocator) {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator };
}

function hex(base64) {
  return Buffer.from(base64, "base64").toString("hex");
}
