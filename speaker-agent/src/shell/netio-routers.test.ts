import { expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { ManualClock } from "@steelyard/model/testing";
import { addressed, link } from "../core/interfaces/testing/links.ts";
import { type RouterSight } from "../ports/router-watch.ts";
import { NetioRouters } from "./netio-routers.ts";

function start() {
  const clock = new ManualClock();
  const sights: RouterSight[] = [];
  const routers = new NetioRouters({
    clock,
    onBfdChange: () => undefined,
    onSight: (sight) => sights.push(sight),
  });
  const texts = (sight: RouterSight | undefined) =>
    sight?.interfaces.map(({ name, addresses }) => [
      name,
      // The link-local one comes first.
      ...addresses.slice(1).map(({ address, prefixLength }) => `${formatIpAddress(address)}/${prefixLength}`),
    ]);
  return { clock, sights, routers, texts };
}

const eth0 = (...addresses: string[]) => link("eth0", 2, addressed(...addresses));

test("nothing is told before somebody wants to know of routers", () => {
  const { clock, sights, routers, texts } = start();
  routers.updateLinks([eth0("10.0.0.1/24")]);
  clock.advance(1000);
  expect(sights).toEqual([]);
  routers.watch({ bfd: [], discover: [] });
  clock.advance(0);
  expect(sights.map(texts)).toEqual([[["eth0", "10.0.0.1/24"]]]);
});

test("the first change is told at once, the next ones four times a second, and nothing twice", () => {
  const { clock, sights, routers, texts } = start();
  routers.watch({ bfd: [], discover: [] });
  clock.advance(0);
  expect(sights.length).toBe(1);
  routers.updateLinks([eth0("10.0.0.1/24")]);
  routers.updateLinks([eth0("10.0.0.2/24")]);
  clock.advance(249);
  expect(sights.length).toBe(1);
  clock.advance(1);
  expect(texts(sights[1])).toEqual([["eth0", "10.0.0.2/24"]]);
  routers.updateLinks([eth0("10.0.0.2/24")]);
  clock.advance(1000);
  expect(sights.length).toBe(2);
});

test("what an agent has bound to an interface is none of its addresses", () => {
  const { clock, sights, routers, texts } = start();
  const { addresses } = eth0("10.0.0.1/24", "10.0.0.50/32");
  const bound = addresses.map((each, index) => (index === 2 ? { ...each, bound: true as const } : each));
  routers.updateLinks([{ ...eth0(), addresses: bound }]);
  routers.watch({ bfd: [], discover: [] });
  clock.advance(0);
  expect(texts(sights[0])).toEqual([["eth0", "10.0.0.1/24"]]);
});
