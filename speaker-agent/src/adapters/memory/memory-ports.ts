import { formatIpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { type SocketAddress, SocketError } from "../../ports/socket-address.ts";

const FIRST_EPHEMERAL_PORT = 32_768;

/** Who holds which port of a simulated host. */
export class MemoryPorts<T> {
  readonly #holders = new Map<string, T>();
  #next = FIRST_EPHEMERAL_PORT;

  /** Gives the port, a free one for port 0, to what `make` makes of it. */
  take<S extends T>(wanted: SocketAddress, make: (local: SocketAddress) => S): Result<S, SocketError> {
    const local = wanted.port === 0 ? { ...wanted, port: this.#next++ } : wanted;
    if (this.#holders.has(keyOf(local))) return err(refusal("EADDRINUSE", "bind"));
    const holder = make(local);
    this.#holders.set(keyOf(local), holder);
    return ok(holder);
  }

  holder(local: SocketAddress): T | undefined {
    return this.#holders.get(keyOf(local));
  }

  release(local: SocketAddress): void {
    this.#holders.delete(keyOf(local));
  }

  releaseAll(): void {
    this.#holders.clear();
  }

  holders(): readonly T[] {
    return [...this.#holders.values()];
  }
}

export function refusal(code: string, call: string): SocketError {
  return new SocketError(`${call} ${code}`, { code });
}

function keyOf({ address, port }: SocketAddress): string {
  return `${formatIpAddress(address)}#${port}`;
}
