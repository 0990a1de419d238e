import { KubeClient, KubeTransport, loadConnection, systemClock, systemRandom } from "@steelyard/client";

/** Runs `use` with a client of the cluster that the kubeconfig names, for a command that reads once and ends. */
export async function withClient<T>(
  options: { readonly kubeconfig: string | undefined; readonly userAgent: string },
  use: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const time = { clock: systemClock, random: systemRandom };
  const connection = await loadConnection({ kubeconfig: options.kubeconfig }, time);
  const transport = new KubeTransport(connection, { ...time, userAgent: options.userAgent });
  try {
    return await use(new KubeClient(transport));
  } finally {
    transport.close();
  }
}
