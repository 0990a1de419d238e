import { type IpAddress, parseIpAddress } from "@steelyard/model/address";

/** An address from text that the test's author knows to be one. */
export function ip(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}
