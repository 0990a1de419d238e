// The framework's HTTP library, in the bundle only (scripts/framework-stand-ins.mjs). The base class uses it for
// finalizers and its own status writers, which this program never calls: whoever does gets to know.

export const instance = {
  request(): Promise<never> {
    return Promise.reject(
      new Error("the framework's own requests are not available; write through ClusterWriter"),
    );
  },
};
