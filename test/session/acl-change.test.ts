import { describe, expect, it } from 'vitest';
import type { AclPlan } from '../../src/session/tree-plan.ts';
import type { AclChange } from '../../src/syncml/access-control-list.ts';
import type { Message, ResultsCommand } from '../../src/syncml/message.ts';
import { allAnswered, basicCred, line, Play, package1, requests } from './dialogue.ts';

const OURS: AclChange = { add: { Get: ['omadm'], Replace: ['omadm'] }, remove: { Delete: ['omadm'] } };

function stage(locUri: string, change: AclChange = OURS): Play {
  const plan: AclPlan = { kind: 'acl', locUri, change, stage: { is: 'reading', at: locUri } };
  return new Play({ deliveries: [{ id: 'a', commands: [], plan }] });
}

/** The device's list for the node that was asked of. */
function listed(to: Message, acl: string): ResultsCommand {
  const [get] = requests(to);
  const uri = get !== undefined && 'items' in get ? (get.items[0]?.target?.uri ?? '') : '';
  const items = [{ source: { uri }, data: acl }];
  return { name: 'Results', cmdId: '9', msgRef: to.header.msgId, cmdRef: get?.cmdId ?? '', items };
}

describe('a change of an access control list', () => {
  it('is read, changed and written back, without Meta; the entries of others stay', () => {
    const on = stage('./Vendor');
    const first = on.device(package1, { cred: basicCred });
    expect(line(first)).toMatch(/Get \.\/Vendor\?prop=ACL, Final$/);
    const second = on.device([...allAnswered(first), listed(first, 'Add=other&Delete=other+omadm&Get=other&Exec=*')]);
    expect(requests(second)).toEqual([
      {
        name: 'Replace',
        cmdId: '2',
        items: [
          {
            target: { uri: './Vendor?prop=ACL' },
            data: 'Add=other&Delete=other&Get=other+omadm&Exec=*&Replace=omadm',
          },
        ],
      },
    ]);
    expect(line(on.device(allAnswered(second)))).toBe('Status SyncHdr 200, Final');
    expect(on.standing('a')).toBe('succeeded 2');
    expect(on.plan('a')).toMatchObject({
      before: 'Add=other&Delete=other+omadm&Get=other&Exec=*',
      after: 'Add=other&Delete=other&Get=other+omadm&Exec=*&Replace=omadm',
    });
    expect(on.properties.get('./Vendor?prop=ACL')).toBe('Add=other&Delete=other&Get=other+omadm&Exec=*&Replace=omadm');
  });

  it('starts from the list that the node inherits, for a list of its own ends that', () => {
    const on = stage('./Vendor/X/Y');
    let reply = on.device(package1, { cred: basicCred });
    reply = on.device([...allAnswered(reply), listed(reply, '')]);
    expect(line(reply)).toBe('Status SyncHdr 200, Get ./Vendor/X?prop=ACL, Final');
    reply = on.device([...allAnswered(reply), listed(reply, '')]);
    expect(line(reply)).toBe('Status SyncHdr 200, Get ./Vendor?prop=ACL, Final');
    reply = on.device([...allAnswered(reply), listed(reply, 'Get=*&Add=other')]);
    expect(requests(reply)).toMatchObject([
      { name: 'Replace', items: [{ target: { uri: './Vendor/X/Y?prop=ACL' }, data: 'Get=*&Add=other&Replace=omadm' }] },
    ]);
  });

  it('looks at the root at last, and begins a list where there is none', () => {
    const on = stage('./Vendor');
    let reply = on.device(package1, { cred: basicCred });
    reply = on.device([...allAnswered(reply), listed(reply, '')]);
    expect(line(reply)).toBe('Status SyncHdr 200, Get .?prop=ACL, Final');
    reply = on.device([...allAnswered(reply), listed(reply, '')]);
    expect(requests(reply)).toMatchObject([{ name: 'Replace', items: [{ data: 'Get=omadm&Replace=omadm' }] }]);
  });

  it('writes nothing when the list says so already', () => {
    const on = stage('./Vendor');
    const reply = on.device(package1, { cred: basicCred });
    expect(line(on.device([...allAnswered(reply), listed(reply, 'Get=*&Replace=omadm')]))).toBe(
      'Status SyncHdr 200, Final',
    );
    expect(on.standing('a')).toBe('succeeded 1');
  });

  it('fails, and writes nothing, when the list cannot be read', () => {
    for (const answer of ['refused', 'silent', 'nonsense'] as const) {
      const on = stage('./Vendor');
      const reply = on.device(package1, { cred: basicCred });
      const end = on.device(
        answer === 'nonsense'
          ? [...allAnswered(reply), listed(reply, 'Get')]
          : allAnswered(reply, answer === 'refused' ? 425 : 200),
      );
      expect(line(end)).toBe('Status SyncHdr 200, Final');
      expect(on.deliveries[0]?.move).toMatchObject({ state: 'failed' });
    }
  });

  it('fails with what the device says when it may not be written', () => {
    const on = stage('./Vendor');
    const first = on.device(package1, { cred: basicCred });
    const second = on.device([...allAnswered(first), listed(first, 'Get=omadm&Replace=other')]);
    on.device(allAnswered(second, 425));
    expect(on.deliveries[0]?.move).toMatchObject({
      state: 'failed',
      failure: { code: 'command-refused', message: expect.stringMatching(/Replace of \.\/Vendor\?prop=ACL .* 425/) },
    });
    expect(on.properties.get('./Vendor?prop=ACL')).toBe('Get=omadm&Replace=other');
  });

  it('goes on in the next session where it was', () => {
    const on = stage('./Vendor');
    const first = on.device(package1, { cred: basicCred });
    on.device([...allAnswered(first), listed(first, 'Get=omadm&Replace=other')]);
    on.state = { phase: 'awaitingPackage1' };
    expect(line(on.device(package1, { cred: basicCred }))).toMatch(/Replace \.\/Vendor\?prop=ACL, Final$/);
  });
});
