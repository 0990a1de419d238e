import { stringify } from "yaml";

export interface Access {
  readonly url: string;
  readonly token: string | undefined;
  /** PEM text. */
  readonly certificateAuthority: string | undefined;
}

/** A kubeconfig with one cluster, one user and one context, for `kubectl` and for the programs under test. */
export function kubeconfigText({ url, token, certificateAuthority }: Access): string {
  const authority =
    certificateAuthority === undefined
      ? {}
      : { "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64") };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "steelyard", cluster: { server: url, ...authority } }],
    users: [{ name: "steelyard", user: token === undefined ? {} : { token } }],
    contexts: [{ name: "steelyard", context: { cluster: "steelyard", user: "steelyard" } }],
    "current-context": "steelyard",
  });
}
