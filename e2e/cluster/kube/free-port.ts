import { type AddressInfo, createServer } from "node:net";

/**
 * Free ports of an address. The genuine binaries cannot be told "any port" and asked which it became; between here and
 * their start somebody else may take one, so callers try again.
 */
export async function freePorts(count: number, address: string): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, address, () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return ports;
}
