import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemandEvent } from './demand.ts';
import { demandLog } from './demand-log.ts';

const LOG = `t_s,event,node,instance_type,pod
0,node-add,n1,m5.large,
0.5,pod-add,n1,,p1
3,pod-remove,n1,,p1
3,node-remove,n1,,
`;

describe('demandLog', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demand-log-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const read = async (name: string, content: string | Buffer) => {
    const file = join(folder, name);
    await writeFile(file, content);
    const events: DemandEvent[] = [];
    for await (const event of demandLog(file)) events.push(event);
    return events;
  };

  it('reads plain and gzipped logs alike', async () => {
    const plain = await read('plain.csv', LOG);
    expect(plain).toEqual([
      { atMs: 0, event: 'node-add', node: 'n1', instanceType: 'm5.large' },
      { atMs: 500, event: 'pod-add', node: 'n1', pod: 'p1' },
      { atMs: 3000, event: 'pod-remove', node: 'n1', pod: 'p1' },
      { atMs: 3000, event: 'node-remove', node: 'n1' },
    ]);
    expect(await read('packed.csv.gz', gzipSync(LOG))).toEqual(plain);
  });

  it.each([
    ['a,b', /:1: the header must be/],
    [`${LOG}2,pod-add,n1,,p2`, /:6: time goes back to 2 s\./],
    [`${LOG}x,pod-add,n1,,p2`, /:6: "x" is no time in seconds\./],
    [`${LOG}9,pod-gone,n1,,p2`, /:6: the event "pod-gone" is none of/],
    [`${LOG}9,node-add,n2,,`, /:6: a node-add needs an instance_type\./],
  ])('names file and line of what is wrong: %j', async (content, sentence) => {
    await expect(read('wrong.csv', content)).rejects.toThrow(sentence);
  });
});
