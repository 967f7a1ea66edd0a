import type { DescribedENI } from '../../src/ipamd/ec2-calls.ts';

/** As the metadata and the describe show an ENI: the primary interface's place, no addresses, unless told otherwise. */
export const aDescribedENI = (eni: string, more: Partial<DescribedENI> = {}): DescribedENI => ({
  eni,
  device: 0,
  subnet: 'subnet-1',
  own: 1,
  addresses: [],
  prefixes: [],
  ...more,
});
