import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACL_COMMANDS,
  aclFault,
  buildAcl,
  changeAcl,
  parseAcl,
  serverIdFault,
} from '../../src/syncml/access-control-list.ts';

describe('an access control list', () => {
  it('is written command=server+server, joined by &, and read from it', () => {
    expect(parseAcl('Get=*&Replace=omadm+dm.example.com')).toEqual([
      { command: 'Get', servers: ['*'] },
      { command: 'Replace', servers: ['omadm', 'dm.example.com'] },
    ]);
    expect(parseAcl('')).toEqual([]);
    const server = fc.stringMatching(/^[\w.:-]{1,20}$/);
    const acl = fc.uniqueArray(fc.constantFrom(...ACL_COMMANDS), { maxLength: 5 }).chain((commands) =>
      fc.tuple(
        ...commands.map((command) =>
          fc.record({
            command: fc.constant(command),
            servers: fc.uniqueArray(server, { minLength: 1, maxLength: 4 }),
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(acl, (entries) => {
        expect(parseAcl(buildAcl(entries))).toEqual(entries);
      }),
    );
  });

  it.each(['Get', 'Get=', 'Get=a=b', '=a', 'Get=a&', 'Get=a&Get=b', 'Get=a++b', 'Get=a b', 'Copy=a', 'Get=a*'])(
    'is refused as %j',
    (text) => expect(aclFault(text)).toBeDefined(),
  );

  it('keeps the entries of others when ours are put in or taken out', () => {
    const change = { add: { Add: ['omadm'], Get: ['omadm'] }, remove: { Delete: ['omadm'], Exec: ['omadm'] } };
    expect(buildAcl(changeAcl(parseAcl('Get=*&Delete=a+omadm+b&Exec=omadm&Own=x'), change))).toBe(
      'Get=*&Delete=a+b&Own=x&Add=omadm',
    );
  });

  it('names servers without = & * + and blanks', () => {
    expect(['omadm', 'dm.example.com:8080', 'é'].map(serverIdFault)).toEqual([undefined, undefined, undefined]);
    for (const id of ['', 'a b', 'a=', '&', '*', 'a+b', 'x'.repeat(300)]) expect(serverIdFault(id)).toBeDefined();
  });
});
