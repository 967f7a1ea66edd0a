/** The desk of the cluster of a kubeconfig: for commands that ask single things of the API server. */
import { VERSION } from '../controller/version.ts';
import type { Desk } from '../kube/desk.ts';
import { openDesk } from '../kube/desk.ts';
import { PortError } from '../reconcile/ports.ts';
import { CannotAnswer, WrongInput } from './command.ts';

/** Throws WrongInput for a bad kubeconfig, CannotAnswer when the API server refuses or gives no answer. */
export async function atDesk<T>(kubeconfig: string, work: (desk: Desk) => Promise<T>): Promise<T> {
  const desk = opened(kubeconfig);
  try {
    return await work(desk);
  } catch (error) {
    if (error instanceof PortError) throw new CannotAnswer(error.message, { cause: error });
    throw error;
  } finally {
    await desk.close();
  }
}

function opened(kubeconfig: string): Desk {
  try {
    return openDesk(kubeconfig, `cni-tuner/${VERSION}`);
  } catch (error) {
    if (error instanceof PortError) throw new WrongInput(error.message, { cause: error });
    throw error;
  }
}
