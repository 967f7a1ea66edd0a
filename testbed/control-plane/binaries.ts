/** The programs a control plane consists of: their names, and where each one lies on this machine. */

/** Programs built from the Go modules pinned in `go.mod`, in build order: each reuses the packages of those before it. */
export const GO_PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const;
export type GoProgram = (typeof GO_PROGRAMS)[number];
export type Program = GoProgram | 'kubectl';

/**
 * Absolute path of every program. `notes` are sentences a person should read: where a program comes from elsewhere
 * than the pinned build, or has another version.
 */
export type Binaries = Readonly<Record<Program, string>> & { readonly notes: readonly string[] };
