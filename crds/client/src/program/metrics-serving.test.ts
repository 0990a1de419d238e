import { createSecureContext } from "node:tls";
import { expect, test } from "@jest/globals";
import { metricsFlags } from "./metrics-flags.ts";
import { readMetricsFlags } from "./metrics-serving.ts";
import { parseFlags } from "./parse-flags.ts";

const read = (...argv: readonly string[]): ReturnType<typeof readMetricsFlags> => {
  const flags = parseFlags(metricsFlags, argv, {});
  if (!flags.ok) throw new Error(flags.error);
  return readMetricsFlags(flags.value);
};

const secure = (...argv: readonly string[]): unknown => {
  const serving = read("--secure-metrics", ...argv);
  return serving.ok ? serving.value.secure : serving.error;
};

test("without --secure-metrics there is no TLS, and flags of TLS say that they do nothing", () => {
  expect(read()).toEqual({ ok: true, value: { port: 9120, secure: undefined, notices: [] } });
  const idle = read("--tls-min-version=VersionTLS12", "--metrics-cert-dir=/certs", "--tls-cipher-suites=");
  expect(idle).toMatchObject({
    value: {
      secure: undefined,
      notices: [
        "flag --metrics-cert-dir has no effect without --secure-metrics",
        "flag --tls-min-version has no effect without --secure-metrics",
      ],
    },
  });
});

test("TLS 1.3 and a certificate made here are the default, also where a manifest leaves values empty", () => {
  const byDefault = { tls: { minVersion: "TLSv1.3" }, certificateFolder: undefined };
  expect(secure()).toEqual(byDefault);
  expect(
    secure("--tls-min-version=", "--tls-cipher-suites=", "--tls-curve-preferences=", "--metrics-cert-dir="),
  ).toEqual(byDefault);
});

test("suites of TLS 1.2 are added to those of 1.3, which stay", () => {
  const settings = secure(
    "--tls-min-version=VersionTLS12",
    "--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256",
    "--tls-curve-preferences=29,23",
    "--metrics-cert-dir=/certs",
  );
  expect(settings).toEqual({
    tls: {
      minVersion: "TLSv1.2",
      ciphers:
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-AES128-GCM-SHA256",
      ecdhCurve: "X25519:prime256v1",
    },
    certificateFolder: "/certs",
  });
});

test("OpenSSL knows every suite and curve that is accepted", () => {
  const [ecdsa, rsa] = ["TLS_ECDHE_ECDSA_WITH_", "TLS_ECDHE_RSA_WITH_"];
  const ciphers = ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "AES_128_CBC_SHA256", "AES_128_CBC_SHA"];
  const more = ["AES_256_CBC_SHA", "CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305"];
  const plain = [
    "AES_128_GCM_SHA256",
    "AES_256_GCM_SHA384",
    "AES_128_CBC_SHA256",
    "AES_128_CBC_SHA",
    "AES_256_CBC_SHA",
  ];
  const names = [
    ...[...ciphers, ...more].flatMap((name) => [`${ecdsa}${name}`, `${rsa}${name}`]),
    ...plain.map((name) => `TLS_RSA_WITH_${name}`),
  ];
  for (const name of names) {
    const serving = read("--secure-metrics", "--tls-min-version=VersionTLS12", `--tls-cipher-suites=${name}`);
    if (!serving.ok || serving.value.secure === undefined) throw new Error(`${name} is not known`);
    const { ciphers: list = "" } = serving.value.secure.tls;
    const openSslName = list.split(":").at(-1) ?? "";
    expect(() => createSecureContext({ ciphers: openSslName })).not.toThrow();
  }
  expect(() => createSecureContext({ ecdhCurve: "prime256v1:secp384r1:secp521r1:X25519" })).not.toThrow();
});

test("a key exchange that this OpenSSL has not is left out and said so", () => {
  const serving = read("--secure-metrics", "--tls-curve-preferences=4588,29");
  expect(serving).toMatchObject({
    value: {
      secure: { tls: { ecdhCurve: "X25519" } },
      notices: ["flag --tls-curve-preferences: 4588 is left out, this program has no such key exchange"],
    },
  });
  expect(secure("--tls-curve-preferences=4588")).toEqual({
    tls: { minVersion: "TLSv1.3" },
    certificateFolder: undefined,
  });
});

test.each([
  [["--tls-min-version=1.2"], 'flag --tls-min-version: "1.2" is not one of VersionTLS10, '],
  [["--tls-min-version=constructor"], 'flag --tls-min-version: "constructor" is not one of'],
  [["--tls-cipher-suites=TLS_AES_128_GCM_SHA256"], "flag --tls-cipher-suites has a meaning only with"],
  [
    ["--tls-min-version=VersionTLS12", "--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA"],
    'flag --tls-cipher-suites: "TLS_RSA_WITH_RC4_128_SHA" is not known',
  ],
  [["--tls-curve-preferences=X25519"], 'flag --tls-curve-preferences: "X25519" is not one of 23, 24, 25, 29'],
])("%j is refused in one sentence", (argv, sentence) => {
  expect(secure(...argv)).toContain(sentence);
  expect(read(...argv)).toMatchObject({ ok: false });
});
