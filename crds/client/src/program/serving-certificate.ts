import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type LogSink } from "../log-sink.ts";
import { messageOf } from "../thrown.ts";
import { type KeyPair, selfSignedCertificate } from "./self-signed-certificate.ts";

/** A kubelet exchanges mounted Secrets by renaming folders, which a watch on a file does not see: hence looks. */
const lookEvery: Millis = 10_000;

/** The name in a certificate that was made here. */
const ownName = "steelyard-metrics";

export interface ServingCertificateDeps {
  readonly clock: Clock;
  readonly log: LogSink;
}

/** The certificate that a server shows: from a folder, followed as it changes, or made here. */
export class ServingCertificate {
  readonly #folder: string | undefined;
  readonly #deps: ServingCertificateDeps;
  #pair: KeyPair | undefined;
  #trouble: string | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  private constructor(folder: string | undefined, deps: ServingCertificateDeps) {
    this.#folder = folder;
    this.#deps = deps;
  }

  /**
   * Never fails: with a pair in the folder that cannot be used one made here stands in until it can, because nothing that
   * the program is for depends on it. Whoever verifies the certificate will not be deceived by the stand-in.
   */
  static async open(folder: string | undefined, deps: ServingCertificateDeps): Promise<ServingCertificate> {
    const certificate = new ServingCertificate(folder, deps);
    await certificate.#look();
    return certificate;
  }

  get pair(): KeyPair {
    this.#pair ??= selfSignedCertificate(ownName, this.#deps.clock.timestamp());
    return this.#pair;
  }

  /** Calls `onChange` with each new pair until `close`. */
  follow(onChange: (pair: KeyPair) => void): void {
    if (this.#folder === undefined || this.#isClosed) return;
    this.#cancel = this.#deps.clock.after(lookEvery, () => {
      void this.#look().then((changed) => {
        if (changed && !this.#isClosed) onChange(this.pair);
        this.follow(onChange);
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  /** Whether there is a new pair. */
  async #look(): Promise<boolean> {
    if (this.#folder === undefined) return false;
    try {
      const pair = await readPair(this.#folder);
      this.#trouble = undefined;
      if (pair.cert === this.#pair?.cert && pair.key === this.#pair.key) return false;
      this.#pair = pair;
      return true;
    } catch (error) {
      this.#complain(messageOf(error));
      return false;
    }
  }

  #complain(trouble: string): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    const instead = this.#pair === undefined ? "one made here" : "the last good one";
    this.#deps.log.error({}, `certificate of the metrics page: ${trouble}; ${instead} is shown instead`);
  }
}

async function readPair(folder: string): Promise<KeyPair> {
  const [certFile, keyFile] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
  const leaf = parsed(certFile, () => new X509Certificate(cert));
  const isPair = leaf.checkPrivateKey(parsed(keyFile, () => createPrivateKey(key)));
  // Both are seen while they are exchanged, one new and one old.
  if (!isPair) throw new Error(`${keyFile} is not the key of ${certFile}`);
  return { cert, key };
}

function parsed<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`${file} cannot be read as PEM: ${messageOf(error)}`, { cause: error });
  }
}
