// A module of its own, because a bundler can leave out of a dynamic import only what a static one inside it does not
// name: this way the programs carry 1.7 MB of client-node instead of 14.5 MB.
export { KubeConfig } from "@kubernetes/client-node";
