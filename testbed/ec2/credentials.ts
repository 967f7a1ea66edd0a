/** STS and the container credentials of EKS Pod Identity, as fixed answers: nothing is checked but that a token came. */
import { Ec2Error } from './ec2-error.ts';
import { ACCOUNT_ID } from './model.ts';
import type { QueryRequest } from './query-request.ts';
import { branch, leaf } from './xml.ts';

export const WEB_IDENTITY_KEY = 'ASIASTANDINWEBIDENTITY';
export const CONTAINER_KEY = 'ASIASTANDINCONTAINER';
const SECRET = 'not-a-secret';
const LIFE_MS = 3_600_000;

export function assumeRoleWithWebIdentity(request: QueryRequest, nowMs: number): string {
  const role = request.required('RoleArn');
  request.required('WebIdentityToken');
  const session = request.text('RoleSessionName') ?? 'session';
  return branch(
    'AssumeRoleWithWebIdentityResult',
    branch(
      'Credentials',
      leaf('AccessKeyId', WEB_IDENTITY_KEY) +
        leaf('SecretAccessKey', SECRET) +
        leaf('SessionToken', 'stand-in') +
        leaf('Expiration', new Date(nowMs + LIFE_MS).toISOString()),
    ) + branch('AssumedRoleUser', leaf('Arn', `${role}/${session}`) + leaf('AssumedRoleId', `AROASTANDIN:${session}`)),
  );
}

export function getCallerIdentity(): string {
  return branch(
    'GetCallerIdentityResult',
    leaf('Arn', `arn:aws:sts::${ACCOUNT_ID}:assumed-role/stand-in/session`) +
      leaf('UserId', 'AROASTANDIN:session') +
      leaf('Account', ACCOUNT_ID),
  );
}

export function containerCredentials(authorization: string | undefined, nowMs: number): string {
  if (authorization === undefined || authorization === '') {
    throw new Ec2Error('AccessDenied', 'The request carries no authorization token.', 401);
  }
  return JSON.stringify({
    AccessKeyId: CONTAINER_KEY,
    SecretAccessKey: SECRET,
    Token: 'stand-in',
    Expiration: new Date(nowMs + LIFE_MS).toISOString(),
  });
}
