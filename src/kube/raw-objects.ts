/** The parts of Kubernetes objects that are read here, as the API server sends them. Everything may be missing. */

export type RawMeta = {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly {
    readonly kind?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly controller?: boolean;
  }[];
  readonly managedFields?: readonly RawManagedFields[];
};

/** One set of fields as FieldsV1 nests it: `{"f:spec": {"f:replicas": {}}}`. */
export type FieldTree = { readonly [key: string]: FieldTree };

export type RawManagedFields = {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldTree;
  readonly subresource?: string;
};

export type RawObject = { readonly apiVersion?: string; readonly kind?: string; readonly metadata?: RawMeta };

export type RawCondition = {
  readonly type?: string;
  readonly status?: string;
  readonly lastTransitionTime?: string;
};

export type RawNode = RawObject & {
  readonly spec?: {
    readonly providerID?: string;
    readonly unschedulable?: boolean;
  };
  readonly status?: {
    readonly capacity?: Readonly<Record<string, string>>;
    readonly conditions?: readonly RawCondition[];
  };
};

export type RawPod = RawObject & {
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean; readonly schedulerName?: string };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly RawCondition[] };
};

export type RawEnvEntry = { readonly name: string; readonly value?: string; readonly valueFrom?: object };

export type RawDaemonSet = RawObject & {
  readonly spec?: {
    readonly updateStrategy?: { readonly type?: string };
    readonly template?: {
      readonly spec?: {
        readonly containers?: readonly { readonly name?: string; readonly env?: readonly RawEnvEntry[] }[];
      };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
    readonly numberAvailable?: number;
  };
};

export type RawEvent = RawObject & {
  readonly involvedObject?: { readonly kind?: string; readonly uid?: string };
  readonly message?: string;
};

/** A quoted RFC 3339 time → milliseconds since the epoch; undefined when it is none. */
export function timeMs(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
