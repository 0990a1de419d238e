import { expect, test } from "@jest/globals";
import { formatNearMiss, nearMissLabels } from "./near-miss-labels.ts";

const said = (selector: Record<string, string>, ...pods: readonly Record<string, string>[]) =>
  nearMissLabels(
    selector,
    pods.map((labels, index) => ({ name: `pod-${index}`, labels })),
  ).map(formatNearMiss);

test.each([
  ["the recommended key", { app: "web" }, { "app.kubernetes.io/name": "web" }, "app.kubernetes.io/name=web"],
  ["the other way round", { "app.kubernetes.io/name": "web" }, { app: "web" }, "app=web"],
  ["another prefix", { "example.org/app": "web" }, { "example.com/app": "web" }, "example.com/app=web"],
  ["a slip in the key", { app: "web" }, { App: "web" }, "App=web"],
  ["two slips", { app: "frontend" }, { app: "frontned-x" }, undefined],
  ["letters swapped", { app: "frontend" }, { app: "frontned" }, "app=frontned"],
  ["a letter too many", { app: "frontend" }, { app: "frontends" }, "app=frontends"],
  ["a letter too few", { app: "frontend" }, { app: "fronted" }, "app=fronted"],
  ["another letter", { app: "frontend" }, { app: "frontenb" }, "app=frontenb"],
  ["another case", { app: "web" }, { app: "Web" }, "app=Web"],
  ["another separator", { app: "web-shop" }, { app: "web_shop" }, "app=web_shop"],
  ["short words, which differ on purpose", { app: "web" }, { app: "wes" }, undefined],
  ["numbers, which differ on purpose", { app: "shop-1" }, { app: "shop-2" }, undefined],
  ["the value under an unrelated key", { app: "web" }, { owner: "web" }, undefined],
  ["nothing alike", { app: "web" }, { app: "database" }, undefined],
  ["no labels", { app: "web" }, {}, undefined],
])("%s", (_what, selector, labels, found) => {
  const [[key, value] = ["", ""]] = Object.entries(selector);
  const sentence = `pod pod-0 carries ${found}, the Service selects ${key}=${value}`;
  expect(said(selector, labels)).toEqual(found === undefined ? [] : [sentence]);
});

test("what is fulfilled exactly is not mentioned; few differences come first, then many pods", () => {
  const named = { "app.kubernetes.io/name": "web" };
  expect(
    said(
      { app: "web", tier: "front" },
      { ...named, component: "front" },
      { ...named, tier: "front" },
      named,
      {
        ...named,
        tier: "front",
      },
    ),
  ).toEqual([
    "pods pod-1 and pod-3 carry app.kubernetes.io/name=web, the Service selects app=web",
    "pod pod-0 carries app.kubernetes.io/name=web,component=front, the Service selects app=web,tier=front",
  ]);
});

test("when a pod matches, labels are not the trouble", () => {
  expect(said({ app: "web" }, { "app.kubernetes.io/name": "web" }, { app: "web" })).toEqual([]);
});

test("a selector that asks for nothing misses nothing", () => {
  expect(said({}, { app: "web" })).toEqual([]);
});

test("many pods are counted, not named", () => {
  const pods = Array.from({ length: 5 }, () => ({ "k8s-app": "web" }));
  expect(said({ app: "web" }, ...pods)).toEqual([
    "5 pods such as pod-0 carry k8s-app=web, the Service selects app=web",
  ]);
});
