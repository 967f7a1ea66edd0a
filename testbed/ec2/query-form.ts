/** ipamd's EC2Request as the form of a Query call. */
import type { EC2Request } from '../../src/ipamd/ec2-calls.ts';
import { formatAddress } from './ipv4.ts';

/** What a request takes from the node that makes it. */
export type FormCaller = {
  readonly instanceId: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly interfaceTags?: Readonly<Record<string, string>>;
  readonly securityGroups?: readonly string[];
};

export function formOf(
  request: EC2Request,
  caller: FormCaller,
  attachments: ReadonlyMap<string, string>,
): URLSearchParams {
  switch (request.action) {
    case 'AssignPrivateIpAddresses':
      return form(request.action, { NetworkInterfaceId: request.eni, [countField(request.kind)]: request.count });
    case 'UnassignPrivateIpAddresses': {
      const texts = request.addresses.map(
        (address) => formatAddress(address) + (request.kind === 'prefix' ? '/28' : ''),
      );
      const name = request.kind === 'prefix' ? 'Ipv4Prefix' : 'PrivateIpAddress';
      return form(request.action, { NetworkInterfaceId: request.eni, ...numbered(name, texts) });
    }
    case 'CreateNetworkInterface':
      return createForm(request, caller);
    case 'AttachNetworkInterface':
      return form(request.action, {
        NetworkInterfaceId: request.eni,
        InstanceId: caller.instanceId,
        DeviceIndex: request.device,
      });
    case 'ModifyNetworkInterfaceAttribute':
      return form(request.action, {
        NetworkInterfaceId: request.eni,
        ...(request.attribute === 'groups'
          ? numbered('SecurityGroupId', caller.securityGroups ?? [])
          : {
              'Attachment.AttachmentId': attachments.get(request.eni) ?? '',
              'Attachment.DeleteOnTermination': 'true',
            }),
      });
    case 'CreateTags':
      return form(request.action, { 'ResourceId.1': request.eni, ...tagFields('Tag', interfaceTags(caller)) });
    case 'DetachNetworkInterface':
      return form(request.action, { AttachmentId: attachments.get(request.eni) ?? '' });
    case 'DeleteNetworkInterface':
      return form(request.action, { NetworkInterfaceId: request.eni });
    case 'DescribeNetworkInterfaces':
      return describeForm(request.enis);
    case 'DescribeSubnets':
      return form(request.action, filterFields({ 'vpc-id': caller.vpcId, 'availability-zone': caller.zone }));
    case 'DescribeInstances':
      return form(request.action, { 'InstanceId.1': caller.instanceId });
  }
}

function createForm(
  request: EC2Request & { readonly action: 'CreateNetworkInterface' },
  caller: FormCaller,
): URLSearchParams {
  return form(request.action, {
    SubnetId: request.subnet,
    Description: `aws-K8S-${caller.instanceId}`,
    ...(request.count > 0 ? { [countField(request.kind)]: request.count } : {}),
    ...numbered('SecurityGroupId', caller.securityGroups ?? []),
    ...tagFields('TagSpecification.1.Tag', interfaceTags(caller)),
  });
}

export function describeForm(enis: readonly string[]): URLSearchParams {
  return form('DescribeNetworkInterfaces', numbered('NetworkInterfaceId', enis));
}

function form(action: string, fields: Readonly<Record<string, string | number>>): URLSearchParams {
  const written = new URLSearchParams({ Action: action, Version: '2016-11-15' });
  for (const [name, value] of Object.entries(fields)) written.set(name, String(value));
  return written;
}

function countField(kind: 'ip' | 'prefix'): string {
  return kind === 'prefix' ? 'Ipv4PrefixCount' : 'SecondaryPrivateIpAddressCount';
}

function interfaceTags(caller: FormCaller): Readonly<Record<string, string>> {
  return { 'node.k8s.amazonaws.com/instance_id': caller.instanceId, ...caller.interfaceTags };
}

function numbered(name: string, values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map((value, index) => [`${name}.${index + 1}`, value]));
}

function tagFields(name: string, tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const fields = Object.entries(tags).map(([key, value], index) => [
    [`${name}.${index + 1}.Key`, key],
    [`${name}.${index + 1}.Value`, value],
  ]);
  return Object.fromEntries(fields.flat());
}

function filterFields(filters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const fields = Object.entries(filters).map(([name, value], index) => [
    [`Filter.${index + 1}.Name`, name],
    [`Filter.${index + 1}.Value.1`, value],
  ]);
  return Object.fromEntries(fields.flat());
}
