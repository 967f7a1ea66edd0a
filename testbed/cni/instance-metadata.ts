/**
 * What the metadata service of one instance shows: the interfaces attached to it. A copy, kept in step with the
 * calls that changed them, because the metadata costs ipamd no EC2 call and must cost the endpoint none either.
 */
import type { DescribedENI, EC2Request, EC2Response } from '../../src/ipamd/ec2-calls.ts';

export class InstanceMetadata {
  #attached: readonly DescribedENI[];
  /** Made but not attached yet. An instance makes one at a time; a failed one is forgotten with the next. */
  #made: DescribedENI | undefined;

  constructor(attached: readonly DescribedENI[]) {
    this.#attached = attached;
  }

  read(): readonly DescribedENI[] {
    return this.#attached;
  }

  /** Addresses taken from subnets: each interface's own, its secondary ones, 16 per block. */
  heldAddresses(): number {
    return this.#attached.reduce((sum, eni) => sum + 1 + eni.addresses.length + 16 * eni.prefixes.length, 0);
  }

  /** Which interface an address belongs to. */
  interfaceOf(address: number): string | undefined {
    const holds = (eni: DescribedENI) =>
      eni.addresses.includes(address) || eni.prefixes.some((first) => address >= first && address < first + 16);
    return this.#attached.find(holds)?.eni;
  }

  /** Takes over what a call did. Calls that failed or only read change nothing. */
  apply(request: EC2Request, response: EC2Response): void {
    if (!response.ok) return;
    switch (request.action) {
      case 'CreateNetworkInterface':
        this.#made = response.created;
        return;
      case 'AttachNetworkInterface':
        if (this.#made?.eni === request.eni) this.#attach({ ...this.#made, device: request.device });
        return;
      case 'DetachNetworkInterface':
        this.#attached = this.#attached.filter((eni) => eni.eni !== request.eni);
        return;
      case 'AssignPrivateIpAddresses':
        this.#change(request.eni, (eni) => withAdded(eni, request.kind, response.addresses ?? []));
        return;
      case 'UnassignPrivateIpAddresses':
        this.#change(request.eni, (eni) => withRemoved(eni, request.kind, new Set(request.addresses)));
        return;
      default:
    }
  }

  /** After an answer that never came, what is true must be read anew. */
  replace(attached: readonly DescribedENI[]): void {
    this.#attached = attached;
    this.#made = undefined;
  }

  #attach(eni: DescribedENI): void {
    this.#attached = [...this.#attached, eni];
    this.#made = undefined;
  }

  #change(id: string, change: (eni: DescribedENI) => DescribedENI): void {
    this.#attached = this.#attached.map((eni) => (eni.eni === id ? change(eni) : eni));
  }
}

function withAdded(eni: DescribedENI, kind: 'ip' | 'prefix', added: readonly number[]): DescribedENI {
  return kind === 'ip'
    ? { ...eni, addresses: [...eni.addresses, ...added] }
    : { ...eni, prefixes: [...eni.prefixes, ...added] };
}

function withRemoved(eni: DescribedENI, kind: 'ip' | 'prefix', removed: ReadonlySet<number>): DescribedENI {
  return kind === 'ip'
    ? { ...eni, addresses: eni.addresses.filter((address) => !removed.has(address)) }
    : { ...eni, prefixes: eni.prefixes.filter((first) => !removed.has(first)) };
}
