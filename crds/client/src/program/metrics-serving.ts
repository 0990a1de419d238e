import { type SecureVersion } from "node:tls";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { type FlagValues } from "./flag-spec.ts";
import { type metricsFlags } from "./metrics-flags.ts";
import { openSslSuite, openSslSuitesOfTls13 } from "./tls-names.ts";

export type MetricsFlags = FlagValues<typeof metricsFlags>;

/** How TLS is spoken, in the words of Node's `tls`. */
export interface TlsSettings {
  readonly minVersion: SecureVersion;
  /** Absent = Node's own choice. */
  readonly ciphers?: string;
  /** Absent = Node's own choice. */
  readonly ecdhCurve?: string;
}

/** How the metrics page is to be served, as the flags say. */
export interface MetricsServing {
  /** 0 = not at all. */
  readonly port: number;
  /** Undefined = plain HTTP on 127.0.0.1. */
  readonly secure: { readonly tls: TlsSettings; readonly certificateFolder: string | undefined } | undefined;
  /** Sentences for the log: what was given and does nothing. */
  readonly notices: readonly string[];
}

const versions: ReadonlyMap<string, SecureVersion> = new Map([
  ["VersionTLS10", "TLSv1"],
  ["VersionTLS11", "TLSv1.1"],
  ["VersionTLS12", "TLSv1.2"],
  ["VersionTLS13", "TLSv1.3"],
]);

const curves: ReadonlyMap<string, string> = new Map([
  ["23", "prime256v1"],
  ["24", "secp384r1"],
  ["25", "secp521r1"],
  ["29", "X25519"],
]);

/** Hybrids with ML-KEM, which Go knows and the OpenSSL of Node 20 and 22 does not. */
const unknownCurves: readonly string[] = ["4587", "4588", "4589"];

/** Reads the metrics flags, or says in one sentence which of them cannot be: checked even where TLS is off, as a later switch would find it. */
export function readMetricsFlags(flags: MetricsFlags): Result<MetricsServing, string> {
  const tls = readTls(flags);
  if (!tls.ok) return tls;
  const isSecure = flags["secure-metrics"];
  const certificateFolder = flags["metrics-cert-dir"] === "" ? undefined : flags["metrics-cert-dir"];
  return ok({
    port: flags.port,
    secure: isSecure ? { tls: tls.value, certificateFolder } : undefined,
    notices: isSecure ? leftOutCurves(flags) : idleFlags(flags),
  });
}

function readTls(flags: MetricsFlags): Result<TlsSettings, string> {
  const version = flags["tls-min-version"] ?? "";
  const minVersion = version === "" ? "TLSv1.3" : versions.get(version);
  if (minVersion === undefined) {
    const known = [...versions.keys()].join(", ");
    return err(`flag --tls-min-version: ${JSON.stringify(version)} is not one of ${known}`);
  }
  const ciphers = readCiphers(flags["tls-cipher-suites"], minVersion);
  if (!ciphers.ok) return ciphers;
  const ecdhCurve = readCurves(flags["tls-curve-preferences"]);
  if (!ecdhCurve.ok) return ecdhCurve;
  return ok({
    minVersion,
    ...(ciphers.value === undefined ? {} : { ciphers: ciphers.value }),
    ...(ecdhCurve.value === undefined ? {} : { ecdhCurve: ecdhCurve.value }),
  });
}

function readCiphers(
  names: readonly string[],
  minVersion: SecureVersion,
): Result<string | undefined, string> {
  if (names.length === 0) return ok(undefined);
  if (minVersion === "TLSv1.3") {
    return err(
      "flag --tls-cipher-suites has a meaning only with a --tls-min-version below VersionTLS13, whose suites are always all allowed",
    );
  }
  const suites: string[] = [];
  for (const name of names) {
    const suite = openSslSuite(name);
    if (suite === undefined) return err(`flag --tls-cipher-suites: ${JSON.stringify(name)} is not known`);
    suites.push(suite);
  }
  // Without them Node would switch TLS 1.3 off, which Go never does.
  return ok([...new Set([...openSslSuitesOfTls13, ...suites])].join(":"));
}

function readCurves(ids: readonly string[]): Result<string | undefined, string> {
  const wanted = ids.filter((id) => !unknownCurves.includes(id));
  const unknown = wanted.find((id) => !curves.has(id));
  if (unknown !== undefined) {
    return err(
      `flag --tls-curve-preferences: ${JSON.stringify(unknown)} is not one of ${[...curves.keys()].join(", ")}`,
    );
  }
  return ok(wanted.length === 0 ? undefined : wanted.map((id) => curves.get(id)).join(":"));
}

function leftOutCurves(flags: MetricsFlags): readonly string[] {
  return flags["tls-curve-preferences"]
    .filter((id) => unknownCurves.includes(id))
    .map((id) => `flag --tls-curve-preferences: ${id} is left out, this program has no such key exchange`);
}

function idleFlags(flags: MetricsFlags): readonly string[] {
  const names = [
    "metrics-cert-dir",
    "tls-min-version",
    "tls-cipher-suites",
    "tls-curve-preferences",
  ] as const;
  return names
    .filter((name) => (flags[name] ?? "").length > 0)
    .map((name) => `flag --${name} has no effect without --secure-metrics`);
}
