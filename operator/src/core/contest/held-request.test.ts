import { expect, test } from "@jest/globals";
import { serviceOf } from "../testing/services.ts";
import { heldRequest } from "./held-request.ts";

const key = "metallb.io/allow-shared-ip";
const ingress = [{ ip: "192.0.2.1" }];
const spec = { loadBalancerIP: "192.0.2.9" };
const sharer = serviceOf("shop/sharer", { ingress, annotations: { [key]: "k" } });
const elsewhere = serviceOf("shop/elsewhere", {
  ingress: [{ ip: "192.0.2.2" }],
  annotations: { [key]: "j" },
});

test.each<[string, Parameters<typeof serviceOf>[1], object]>([
  ["it asks for, if it holds nothing", { spec }, { annotations: {}, loadBalancerIP: "192.0.2.9" }],
  ["others share by who hold the same", { spec, ingress }, { annotations: { [key]: "k" } }],
  [
    "they do, whatever it shares by itself",
    { ingress, annotations: { [key]: "j" } },
    { annotations: { [key]: "k" } },
  ],
  [
    "they do, though the status does not show what it holds",
    { annotations: { "steelyard.io/contested-addresses": "192.0.2.1" } },
    { annotations: { [key]: "k" } },
  ],
  [
    "it shares by itself, if nobody holds the same",
    { spec, ingress: [{ ip: "192.0.2.3" }], annotations: { [key]: "i" } },
    { annotations: { [key]: "i" }, loadBalancerIP: undefined },
  ],
])("what a Service is taken to ask for is what %s", (_what, parts, request) => {
  const service = serviceOf("shop/web", parts);
  expect(heldRequest(service, [elsewhere, service, sharer])).toMatchObject(request);
});
