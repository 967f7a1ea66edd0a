/** Reads the hand-written CRD: the one source of the generated types, reference page and editor schema. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The part of a structural schema that the generators look at. */
export type Schema = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly {
    readonly rule: string;
    readonly message?: string;
    readonly messageExpression?: string;
  }[];
};

export type PrinterColumn = {
  readonly name: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
};

export type Crd = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly additionalPrinterColumns: readonly PrinterColumn[];
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
};

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const CRD_FILE = 'crds/cnituning.dev_cnitunings.yaml';

export function readCrd(path: string = join(ROOT, CRD_FILE)): Crd {
  return parse(readFileSync(path, 'utf8')) as Crd;
}

/** The only version there is; a second one needs a decision about which is generated. */
export function onlyVersion(crd: Crd): Crd['spec']['versions'][number] {
  const [version, ...others] = crd.spec.versions;
  if (version === undefined || others.length > 0) throw new Error(`${CRD_FILE} must have exactly one version`);
  return version;
}
