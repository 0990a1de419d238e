// Loaded by jest before each file of unit tests. Property tests draw the same cases in every run, so that a run is green or
// red for what has changed and not by chance; STEELYARD_SEED=random, or a number, draws others, which is how to look
// for faults that nobody has seen yet. What is found becomes a row of its own.

import fc from "fast-check";

const asked = process.env["STEELYARD_SEED"] ?? "20261130";
if (asked !== "random") fc.configureGlobal({ seed: Number(asked) });
