import type { Agent } from "node:http";

/** How to reach one API server and who we are there. Obtained by `loadConnection`. */
export interface ClusterConnection {
  /** Scheme, host, port and an optional path prefix; `http` or `https`. */
  readonly server: URL;
  /** Where this was learnt, for logs: `kubeconfig /etc/k/config (context lab)` or `in-cluster service account`. */
  readonly origin: string;
  /** Namespace of the context or of the pod, if one is named. */
  readonly namespace?: string;
  /** What to send with the next request. Cheap to call: files and plugins are asked again once a minute at most. */
  access(): Promise<Access>;
  /** The server refused what `access` gave (401): the next call asks files and plugins again. */
  forgetAccess(): void;
}

/** Credentials of one moment. */
export interface Access {
  readonly headers: Readonly<Record<string, string>>;
  readonly channel: Channel;
}

/** What a connection is made of, as opposed to what each request carries. */
export interface Channel {
  readonly tls: TlsMaterial;
  /** Changes when anything here changes: connections made before must then not be used for new requests. */
  readonly identity: string;
  /** Dials through a proxy instead of directly. */
  readonly proxyAgent?: Agent;
}

/** The subset of `tls.connect` options that a kubeconfig can express; certificates are PEM. */
export interface TlsMaterial {
  readonly ca?: Buffer | string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}
