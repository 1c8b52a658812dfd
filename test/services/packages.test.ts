import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/services/app-error.ts';
import { Packages } from '../../src/services/packages.ts';
import { CountingEntropy, FixedClock } from '../fakes/fixed-clock.ts';
import { inlineCompiler } from '../fakes/inline-compiler.ts';
import { MemoryPackageStore } from '../fakes/memory-package-store.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const GET = '<Get><CmdID>1</CmdID><Item><Target><LocURI>./DevInfo</LocURI></Target></Item></Get>';

function setUp(limits = {}) {
  const store = new MemoryPackageStore();
  return {
    store,
    packages: new Packages(
      { packages: store, compiler: inlineCompiler, clock: new FixedClock(), entropy: new CountingEntropy() },
      limits,
    ),
  };
}

describe('uploading a package', () => {
  it('stores the document as it came beside its compiled commands', async () => {
    const { store, packages } = setUp();
    const xml = bytes(`<SyncBody>\r\n${GET}</SyncBody>`);
    const { id } = await packages.upload('info', xml);
    expect(await store.xml(id)).toEqual(xml);
    expect(await store.commands(id)).toMatchObject([{ name: 'Get', line: 2 }]);
    expect(await packages.get(id)).toMatchObject({ name: 'info', revision: 1, kind: 'dm', size: xml.length });
  });

  it('keeps the version a document names, and none when it names none', async () => {
    const { packages } = setUp();
    const named = await packages.upload('a', bytes(`<SyncBody xmlns="SYNCML:SYNCML1.2">${GET}</SyncBody>`));
    expect(named.version).toBe('1.2');
    expect(await packages.upload('b', bytes(`<SyncBody>${GET}</SyncBody>`))).not.toHaveProperty('version');
  });

  it('stores nothing of a faulty document', async () => {
    const { packages } = setUp();
    const refusal = await packages.upload('bad', bytes('<SyncBody>\n<Get/>\n<Fetch/></SyncBody>')).catch((e) => e);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ code: 'package-faulty', message: expect.stringMatching(/faults?\.$/) });
    expect((await packages.list({}, { limit: 10 })).items).toEqual([]);
  });

  it('refuses a document beyond its limits', async () => {
    const { packages } = setUp({ maxCommands: 1 });
    const second = GET.replace('>1<', '>2<');
    await expect(packages.upload('big', bytes(`<SyncBody>${GET}${second}</SyncBody>`))).rejects.toMatchObject({
      details: { faults: [{ code: 'too-many-commands' }] },
    });
  });

  it('asks the store for nothing when an id cannot be one', async () => {
    const { packages } = setUp();
    for (const id of ['', 'x', '../../etc/passwd', '01980000-0000-7000-8000-00000000000g']) {
      await expect(packages.get(id)).rejects.toMatchObject({ code: 'package-unknown' });
      await expect(packages.xml(id)).rejects.toMatchObject({ code: 'package-unknown' });
      await expect(packages.delete(id)).rejects.toMatchObject({ code: 'package-unknown' });
    }
  });
});
