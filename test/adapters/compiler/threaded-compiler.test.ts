import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ThreadedCompiler } from '../../../src/adapters/compiler/threaded-compiler.ts';
import { compileDocument } from '../../../src/provisioning/compile-document.ts';

let compiler: ThreadedCompiler;
beforeAll(() => {
  compiler = new ThreadedCompiler();
});
afterAll(() => compiler.close());

const get = (_: unknown, index: number): string =>
  `<Get><CmdID>${index + 1}</CmdID><Item><Target><LocURI>./DevInfo</LocURI></Target></Item></Get>`;
const documentOf = (commands: number, end = '</SyncBody>'): Uint8Array =>
  new TextEncoder().encode(`<SyncBody>${Array.from({ length: commands }, get).join('')}${end}`);

describe('reading an upload', () => {
  it.each([
    ['a small document', documentOf(2)],
    ['a large document', documentOf(2_000)],
    ['a large document with faults', documentOf(2_000, '<Nonsense/></SyncBody>')],
    ['a large document that breaks off', documentOf(2_000, '')],
  ])('comes to the same wherever it is done: %s', async (_, xml) => {
    expect(await compiler.compile(xml, {})).toEqual(compileDocument(xml));
  });

  it('takes a large document that is as it should be', async () => {
    expect(await compiler.compile(documentOf(2_000), {})).toMatchObject({
      ok: true,
      document: { commandCount: 2_000 },
    });
  });

  it('keeps to the limits it is given', async () => {
    const compilation = await compiler.compile(documentOf(2_000), { maxCommands: 10 });
    expect(compilation).toMatchObject({ ok: false });
    expect(compilation).toEqual(compileDocument(documentOf(2_000), { maxCommands: 10 }));
  });

  it('lets the event loop turn while a large one is read', async () => {
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await compiler.compile(documentOf(8_000), {});
    isDone = true;
    expect(turns).toBeGreaterThan(100);
  });
});
