import { type Clock } from "@steelyard/model/foundation";
import { type Audit } from "./faults/audit-log.ts";
import { type FaultControl } from "./faults/fault-injector.ts";

export interface ApiServerOptions {
  /** Folder with the CustomResourceDefinitions to serve from the start; the repository's `crds` when left out. */
  readonly crds?: string;
  /** Address to listen on; `127.0.0.1` when left out. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Bearer token that every request must carry; nobody is asked when left out. */
  readonly token?: string;
  /** Serves TLS with a certificate made for this run, which the kubeconfig trusts; plain HTTP when left out. */
  readonly tls?: boolean;
  /** Ranges of cluster IPs, the primary family first. */
  readonly serviceRanges?: readonly string[];
  /** Events kept per resource for watches that resume; older versions are answered with 410. */
  readonly historyPerResource?: number;
  /** Time between two bookmarks of one watch. The API server sends about one per minute. */
  readonly bookmarkMillis?: number;
  /** Where the kubeconfig goes; a private temporary folder when left out. */
  readonly kubeconfigPath?: string;
  readonly clock?: Clock;
}

/** A running API server, embedded or genuine. */
export interface ApiServer {
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly token: string | undefined;
  /** PEM text of what a client must trust; undefined for plain HTTP. */
  readonly certificateAuthority: string | undefined;
  /** On the genuine binaries nothing can be made to fail on purpose: there every call throws. */
  readonly faults: FaultControl;
  readonly audit: Audit;
  stop(): Promise<void>;
}
