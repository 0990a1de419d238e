import { formatIpAddress, type IpAddress, includesIpAddress } from "@steelyard/model/address";
import { type AddressDecision } from "../../allocator/index.ts";

/**
 * What the Service is to remember: of each family it lacks, the address it had until no pool contained it any more. What
 * it lost for another reason is somebody else's, or was given up on purpose.
 *
 * @returns the value of the annotation; undefined = there is nothing to remember
 */
export function nextRemembered(
  remembered: readonly IpAddress[],
  { addresses, lost }: Pick<AddressDecision, "addresses" | "lost">,
): string | undefined {
  const lostWithPool = lost.filter(({ cause }) => cause.is === "in-no-pool").map(({ address }) => address);
  const next: IpAddress[] = [];
  for (const address of [...lostWithPool, ...remembered]) {
    const isThere = [...addresses, ...next].some(({ family }) => family === address.family);
    if (!isThere && !includesIpAddress(next, address)) next.push(address);
  }
  return next.length === 0 ? undefined : next.map(formatIpAddress).join(",");
}
