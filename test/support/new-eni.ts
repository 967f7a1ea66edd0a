/** The creation of one ENI, driven in subnets that the test gives. */
import type { DescribedSubnet, EC2Call } from '../../src/ipamd/ec2-calls.ts';
import { allocENI } from '../../src/ipamd/pool/ec2-requests.ts';
import { anIpamd, failing, obligingAnswers, played, told } from './an-ipamd.ts';
import type { Answers, IpamdWanted } from './an-ipamd.ts';

export const aSubnet = (
  subnet: string,
  availableAddresses: number,
  tags: DescribedSubnet['tags'] = {},
): DescribedSubnet => ({
  subnet,
  availableAddresses,
  tags,
});

/** An EC2 with room and these subnets, where the named calls fail. */
export function withSubnets(
  ipamd: ReturnType<typeof anIpamd>,
  subnets: readonly DescribedSubnet[],
  codes: Parameters<typeof failing>[1] = {},
): Answers {
  const obliging = obligingAnswers(ipamd);
  return failing((asked) => (asked.action === 'DescribeSubnets' ? { ok: true, subnets } : obliging(asked)), codes);
}

/** What is asked of EC2 for a new ENI, and what comes of it. */
export function created(
  wanted: IpamdWanted,
  more: {
    readonly subnets?: readonly DescribedSubnet[];
    readonly codes?: Parameters<typeof failing>[1];
    readonly count?: number;
    readonly card?: number;
  } = {},
) {
  const ipamd = anIpamd(wanted);
  const answers = withSubnets(ipamd, more.subnets ?? [aSubnet('subnet-1', 100)], more.codes);
  return played(ipamd, allocENI(ipamd, more.count ?? 5, more.card ?? 0), answers);
}
/** The creations among the calls: `Create subnet-1 5 ip`. */
export const creates = (calls: readonly EC2Call[]) => calls.map(told).filter((call) => call.startsWith('Create '));
