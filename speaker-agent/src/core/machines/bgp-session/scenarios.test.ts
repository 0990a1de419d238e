import { testScenarios } from "../testing/scenario-files.ts";
import { runScenario } from "./testing/scenario.ts";

testScenarios(new URL("./scenarios/", import.meta.url), runScenario);
