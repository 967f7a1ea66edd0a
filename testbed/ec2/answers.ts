/** Answers on the wire, in the four shapes that the AWS SDK expects. */
import { randomUUID } from 'node:crypto';
import type { Ec2Error } from './ec2-error.ts';
import { branch, leaf } from './xml.ts';

export type Answer = { readonly status: number; readonly contentType: string; readonly body: string };

const XML = 'text/xml;charset=UTF-8';
const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const STS_NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export function ec2Answer(action: string, inner: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="${EC2_NAMESPACE}">${leaf('requestId', randomUUID())}${inner}</${action}Response>`;
  return { status: 200, contentType: XML, body };
}

export function ec2ErrorAnswer(error: Ec2Error): Answer {
  const inner = branch('Error', leaf('Code', error.code) + leaf('Message', error.message));
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${branch('Response', branch('Errors', inner) + leaf('RequestID', randomUUID()))}`;
  return { status: error.status, contentType: XML, body };
}

export function stsAnswer(action: string, inner: string): Answer {
  const metadata = branch('ResponseMetadata', leaf('RequestId', randomUUID()));
  const body = `<${action}Response xmlns="${STS_NAMESPACE}">${inner}${metadata}</${action}Response>`;
  return { status: 200, contentType: XML, body };
}

export function stsErrorAnswer(error: Ec2Error): Answer {
  const inner = leaf('Type', 'Sender') + leaf('Code', error.code) + leaf('Message', error.message);
  const body = `<ErrorResponse xmlns="${STS_NAMESPACE}">${branch('Error', inner)}${leaf('RequestId', randomUUID())}</ErrorResponse>`;
  return { status: error.status, contentType: XML, body };
}

export function jsonAnswer(value: unknown, contentType = 'application/x-amz-json-1.0'): Answer {
  return { status: 200, contentType, body: JSON.stringify(value) };
}

/** CloudWatch throttles under another name than EC2. */
export function jsonErrorAnswer(error: Ec2Error): Answer {
  const renamed: Readonly<Record<string, string>> = {
    RequestLimitExceeded: 'ThrottlingException',
    UnauthorizedOperation: 'AccessDeniedException',
  };
  const name = renamed[error.code] ?? error.code;
  const body = JSON.stringify({ __type: `com.amazonaws.cloudwatch#${name}`, message: error.message });
  return { status: error.status === 503 ? 400 : error.status, contentType: 'application/x-amz-json-1.0', body };
}
