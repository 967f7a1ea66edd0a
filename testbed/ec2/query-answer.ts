/** An EC2 answer as ipamd's EC2Response. */
import type { DescribedENI, DescribedSubnet, EC2Action, EC2Response } from '../../src/ipamd/ec2-calls.ts';
import { parseAddress } from './ipv4.ts';
import { child, items, parseXml, textAt, type XmlNode } from './xml-tree.ts';

/** `attachments` gets the attachment id of every interface that the answer shows attached. */
export function ec2ResponseFrom(
  action: EC2Action,
  status: number,
  body: string,
  attachments: Map<string, string>,
): EC2Response {
  const root = parseXml(body);
  if (status !== 200) {
    const code = textAt(root, 'Errors', 'Error', 'Code');
    return { ok: false, code: code === '' ? `Http${status}` : code };
  }
  if (root === undefined) return { ok: false, code: 'SerializationError' };
  return fieldsOf(action, root, attachments);
}

function fieldsOf(action: EC2Action, root: XmlNode, attachments: Map<string, string>): EC2Response {
  switch (action) {
    case 'AssignPrivateIpAddresses':
      return {
        ok: true,
        addresses: [
          ...assigned(root, 'assignedPrivateIpAddressesSet', 'privateIpAddress'),
          ...assigned(root, 'assignedIpv4PrefixSet', 'ipv4Prefix'),
        ],
      };
    case 'CreateNetworkInterface': {
      const created = child(root, 'networkInterface');
      return created === undefined
        ? { ok: false, code: 'SerializationError' }
        : { ok: true, created: describedENI(created, attachments) };
    }
    case 'DescribeNetworkInterfaces':
      return { ok: true, described: items(root, 'networkInterfaceSet').map((eni) => describedENI(eni, attachments)) };
    case 'DescribeSubnets':
      return { ok: true, subnets: items(root, 'subnetSet').map(describedSubnet) };
    case 'DescribeInstances':
      return { ok: true, devices: devicesOf(root) };
    default:
      return { ok: true };
  }
}

function describedENI(node: XmlNode, attachments: Map<string, string>): DescribedENI {
  const eni = textAt(node, 'networkInterfaceId');
  const attachmentId = textAt(node, 'attachment', 'attachmentId');
  if (attachmentId !== '') attachments.set(eni, attachmentId);
  const kind = textAt(node, 'interfaceType');
  return {
    eni,
    device: Number(textAt(node, 'attachment', 'deviceIndex')),
    subnet: textAt(node, 'subnetId'),
    own: addressOf(textAt(node, 'privateIpAddress')),
    addresses: items(node, 'privateIpAddressesSet')
      .filter((item) => textAt(item, 'primary') !== 'true')
      .map((item) => addressOf(textAt(item, 'privateIpAddress'))),
    prefixes: assigned(node, 'ipv4PrefixSet', 'ipv4Prefix'),
    trunk: kind === 'trunk',
    efa: kind === 'efa',
    tags: tagsOf(node),
  };
}

function describedSubnet(node: XmlNode): DescribedSubnet {
  return {
    subnet: textAt(node, 'subnetId'),
    availableAddresses: Number(textAt(node, 'availableIpAddressCount')),
    tags: tagsOf(node),
  };
}

function devicesOf(root: XmlNode): readonly number[] {
  const [reservation] = items(root, 'reservationSet');
  const [instance] = items(reservation, 'instancesSet');
  return items(instance, 'networkInterfaceSet').map((eni) => Number(textAt(eni, 'attachment', 'deviceIndex')));
}

function assigned(node: XmlNode, setName: string, itemName: string): readonly number[] {
  return items(node, setName).map((item) => addressOf(textAt(item, itemName)));
}

function tagsOf(node: XmlNode): Readonly<Record<string, string>> {
  return Object.fromEntries(items(node, 'tagSet').map((tag) => [textAt(tag, 'key'), textAt(tag, 'value')]));
}

/** `10.0.0.16/28` and `10.0.0.17` alike. */
function addressOf(text: string): number {
  return parseAddress(text.replace(/\/\d+$/, '')) ?? 0;
}
