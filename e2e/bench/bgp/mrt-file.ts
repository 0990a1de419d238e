import { ByteWriter } from "@steelyard/model/foundation";

/** RFC 6396, section 4.3. */
const TABLE_DUMP_V2 = 13;
const PEER_INDEX_TABLE = 1;
const RIB_IPV4_UNICAST = 2;

/** A dump of host routes of one next hop, as `gobgp mrt inject` reads it. */
export function mrtFile(addresses: readonly string[], nextHop: string): Uint8Array {
  const file = new ByteWriter(1 << 20);
  record(file, PEER_INDEX_TABLE, (body) => {
    // Collector, no name, one peer: of type "four-byte AS", with ID, address and AS.
    body.bytes(octets(nextHop)).u16(0).u16(1);
    body.u8(2).bytes(octets(nextHop)).bytes(octets(nextHop)).u32(65_000);
  });
  // ORIGIN is IGP, AS_PATH empty.
  const attributes = Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 3, 4, ...octets(nextHop));
  for (const [sequence, address] of addresses.entries())
    record(file, RIB_IPV4_UNICAST, (body) => {
      body.u32(sequence).u8(32).bytes(octets(address)).u16(1);
      body.u16(0).u32(0).u16(attributes.length).bytes(attributes);
    });
  return file.toBytes();
}

function record(file: ByteWriter, subtype: number, write: (body: ByteWriter) => void): void {
  const body = new ByteWriter();
  write(body);
  file.u32(0).u16(TABLE_DUMP_V2).u16(subtype).u32(body.length).bytes(body.toBytes());
}

function octets(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}
