import { apiServerContract } from "./contract.ts";
import { startApiServer } from "./server.ts";

apiServerContract("the embedded API server", () => startApiServer());
