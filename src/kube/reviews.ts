/** Whose a token is and what its owner may read: the API server's own answers (TokenReview, SubjectAccessReview). */
import type { KubeClient } from './client.ts';

/** As a TokenReview names the owner, passed on as it is. */
export type TokenOwner = {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
};

/** Throws PortError when the API server cannot be asked, or does not let us ask. */
export type Reviewer = {
  /** Undefined: the API server does not know the token, or no more. */
  ownerOf(token: string): Promise<TokenOwner | undefined>;
  /** May the owner do that with a path that is no resource? `verb` is an HTTP method in lower case. */
  isAllowed(owner: TokenOwner, verb: string, path: string): Promise<boolean>;
};

type TokenReview = { readonly status?: { readonly authenticated?: boolean; readonly user?: TokenOwner } };
type AccessReview = { readonly status?: { readonly allowed?: boolean } };

export function reviewer(client: KubeClient): Reviewer {
  /** Both are questions, though they are sent as writes: every replica may ask them. */
  const ask = async <T>(group: string, kind: string, spec: object): Promise<T> => {
    const apiVersion = `${group}/v1`;
    const body = { apiVersion, kind, spec };
    return await client.request<T>('POST', `/apis/${apiVersion}/${kind.toLowerCase()}s`, { body, unfenced: true });
  };
  return {
    ownerOf: async (token) => {
      const { status } = await ask<TokenReview>('authentication.k8s.io', 'TokenReview', { token });
      return status?.authenticated === true ? status.user : undefined;
    },
    isAllowed: async ({ username, uid, groups, extra }, verb, path) => {
      const spec = { user: username, uid, groups, extra, nonResourceAttributes: { verb, path } };
      const { status } = await ask<AccessReview>('authorization.k8s.io', 'SubjectAccessReview', spec);
      return status?.allowed === true;
    },
  };
}
