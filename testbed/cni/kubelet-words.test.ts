import { describe, expect, it } from 'vitest';
import { refusalWords } from './kubelet-words.ts';

describe('refusalWords', () => {
  it('names the address, the plugin and the sandbox when the pool is empty', () => {
    expect(refusalWords('no-address', 'ab12')).toEqual({
      reason: 'FailedCreatePodSandBox',
      message:
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "ab12": ' +
        'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
    });
  });

  it('does not name the address when ipamd does not answer or was never there', () => {
    expect(refusalWords('ipamd-down', 'ab12').message).not.toContain('assign an IP address');
    expect(refusalWords('not-initialized', 'ab12').reason).toBe('NetworkNotReady');
  });
});
