/** Every action of the endpoint, by name: from a request to the inside of its answer. */
import { describeInstances, describeInstanceTypes } from './describe-instances.ts';
import { describeNetworkInterfaces } from './describe-interfaces.ts';
import { describeSubnets, describeVpcs, getSubnetCidrReservations } from './describe-network.ts';
import type { Ec2Model } from './model.ts';
import type { PageBend } from './pages.ts';
import type { QueryRequest } from './query-request.ts';
import * as write from './write-actions.ts';

export type Action = (model: Ec2Model, request: QueryRequest, bend: PageBend) => string;

export const ACTIONS: Readonly<Record<string, Action>> = {
  AssignPrivateIpAddresses: write.assign,
  AttachNetworkInterface: write.attach,
  CreateNetworkInterface: write.create,
  CreateTags: write.createTags,
  DeleteNetworkInterface: write.remove,
  DescribeInstances: describeInstances,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  DescribeSubnets: describeSubnets,
  DescribeVpcs: describeVpcs,
  DetachNetworkInterface: write.detach,
  GetSubnetCidrReservations: getSubnetCidrReservations,
  ModifyNetworkInterfaceAttribute: write.modifyAttribute,
  UnassignPrivateIpAddresses: write.unassign,
};
