/** EC2's Query protocol on the way in: a form whose keys spell lists as `SubnetId.1`, `Filter.2.Value.1`. */
import { Ec2Error } from './ec2-error.ts';

export type QueryFilter = { readonly name: string; readonly values: readonly string[] };

export class QueryRequest {
  readonly action: string;
  readonly #fields: URLSearchParams;

  constructor(body: string) {
    this.#fields = new URLSearchParams(body);
    this.action = this.#fields.get('Action') ?? '';
  }

  text(name: string): string | undefined {
    return this.#fields.get(name) ?? undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') {
      throw new Ec2Error('MissingParameter', `The request must contain the parameter ${name}`);
    }
    return value;
  }

  count(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,9}$/.test(text)) {
      throw new Ec2Error('InvalidParameterValue', `Invalid value '${text}' for ${name}. It must be an integer.`);
    }
    return Number(text);
  }

  /** `Name.1`, `Name.2`, … until one is missing. */
  list(name: string): readonly string[] {
    const found: string[] = [];
    for (let index = 1; ; index += 1) {
      const value = this.#fields.get(`${name}.${index}`);
      if (value === null) return found;
      found.push(value);
    }
  }

  filters(): readonly QueryFilter[] {
    const found: QueryFilter[] = [];
    for (let index = 1; ; index += 1) {
      const name = this.#fields.get(`Filter.${index}.Name`);
      if (name === null) return found;
      found.push({ name, values: this.list(`Filter.${index}.Value`) });
    }
  }

  /** `Name.1.Key` with `Name.1.Value`, as tags are sent. */
  tags(name: string): Readonly<Record<string, string>> {
    const found: Record<string, string> = {};
    for (let index = 1; ; index += 1) {
      const key = this.#fields.get(`${name}.${index}.Key`);
      if (key === null) return found;
      found[key] = this.#fields.get(`${name}.${index}.Value`) ?? '';
    }
  }
}
