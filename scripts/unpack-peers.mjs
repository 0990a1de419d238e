// Unpacks the BGP speakers that the suites talk to, from Debian's packages, into .cache/peers/debian: FRR, BIRD, OpenBGPD
// and ExaBGP, with whatever of their libraries this machine does not have. Nothing is installed, no service is started, no
// user is made. Where apt-get is not, or no network to get them, their suites are skipped and say so.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptGet, unpackArchive } from "./debian-packages.mjs";
import { announce, root } from "./process.mjs";

const PACKAGES = ["frr", "bird2", "openbgpd", "exabgp"];

const folder = join(root, ".cache", "peers", "debian");
const archives = join(root, ".cache", "peers", "archives");
const stamp = join(folder, ".unpacked");
const content = PACKAGES.join(" ");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== content) {
  announce(`unpacking ${content} (apt-get --download-only)`);
  const because = unpack();
  if (because !== undefined) {
    process.stderr.write(`${content} could not be had: ${because}\n`);
    process.exitCode = 1;
  }
}

/** Gives a reason when it could not. */
function unpack() {
  for (const path of [folder, archives]) rmSync(path, { recursive: true, force: true });
  mkdirSync(join(archives, "partial"), { recursive: true });
  const failed = download();
  if (failed !== undefined) return failed;
  for (const archive of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
    const because = unpackArchive(join(archives, archive), folder);
    if (because !== undefined) return because;
  }
  rmSync(archives, { recursive: true });
  writeFileSync(stamp, content);
  return undefined;
}

/** `--reinstall`: the packages themselves also where they are installed; their libraries only where they are not. */
function download() {
  const how = ["-y", "--no-install-recommends", "--download-only", "--reinstall"];
  return aptGet(["install", ...how, ...PACKAGES], { options: ["-o", `Dir::Cache::archives=${archives}/`] });
}
