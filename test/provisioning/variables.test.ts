import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUILT_IN_VARIABLES,
  fillTemplate,
  parseTemplate,
  TemplateError,
  variablesOf,
  variableValues,
} from '../../src/provisioning/variables.ts';

const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/);

describe('a template', () => {
  it('is text with names in double braces, blanks around the name or not', () => {
    expect(parseTemplate('plain')).toEqual(['plain']);
    expect(parseTemplate('')).toEqual(['']);
    expect(parseTemplate('{{a}}')).toEqual(['', 'a', '']);
    expect(parseTemplate('x{{ a.b }}y{{\n_1-2\t}}z')).toEqual(['x', 'a.b', 'y', '_1-2', 'z']);
    expect(variablesOf(parseTemplate('{{a}}{{b}}{{a}}'))).toEqual(['a', 'b', 'a']);
  });

  it('has two literal braces where four are written, and lets single and closing ones be', () => {
    expect(parseTemplate('{{{{a}}')).toEqual(['{{a}}']);
    expect(parseTemplate('{{{{{{a}}')).toEqual(['{{', 'a', '']);
    expect(parseTemplate('{"a":{"b":1}}')).toEqual(['{"a":{"b":1}}']);
    expect(parseTemplate('}} { }')).toEqual(['}} { }']);
  });

  it.each([
    ['{{', 0],
    ['ab{{c', 2],
    ['{{a}', 0],
    ['{{}}', 0],
    ['{{a b}}', 0],
    ['{{{a}}', 0],
    ['x {{ä}}', 2],
    [`{{${'a'.repeat(65)}}}`, 0],
    ['{{a}} {{{{ {{b', 11],
  ])('%s is refused at its opening braces', (text, index) => {
    let thrown: unknown;
    try {
      parseTemplate(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TemplateError);
    expect(thrown).toMatchObject({ index });
  });

  it('is read back from any text whose braces were doubled', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), name, (before, after, variable) => {
        const literal = (text: string) => text.replaceAll('{{', '{{{{');
        // A brace in front of the variable's own would be read together with it.
        fc.pre(!before.endsWith('{'));
        expect(parseTemplate(`${literal(before)}{{${variable}}}${literal(after)}`)).toEqual([before, variable, after]);
      }),
    );
  });

  it('never has a value read for variables again', () => {
    fc.assert(
      fc.property(fc.string(), name, (value, variable) => {
        for (const nasty of [value, `{{${variable}}}`, '{{{{', '$&', `{{`]) {
          expect(fillTemplate(parseTemplate(`<{{${variable}}}|{{${variable}}}>`), () => nasty)).toBe(
            `<${nasty}|${nasty}>`,
          );
        }
      }),
    );
  });

  it('is parsed or refused, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a', ' ', '.', 'ä') }), (text) => {
        try {
          const template = parseTemplate(text);
          expect(template.length % 2).toBe(1);
          for (const variable of variablesOf(template)) expect(variable).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
    );
  });
});

describe('the values for a device', () => {
  const device = { deviceId: 'IMEI:493005100592800', msisdn: '+491234', imsi: '262011234567890', serverId: 'omadm' };

  it('are the built-in ones and the custom ones', () => {
    expect(variableValues(device, { apn: 'internet' })).toEqual({
      ok: true,
      values: {
        deviceId: 'IMEI:493005100592800',
        imei: '493005100592800',
        imsi: '262011234567890',
        msisdn: '+491234',
        serverId: 'omadm',
        apn: 'internet',
      },
    });
  });

  it('have no imei when the device calls itself something else', () => {
    expect(variableValues({ deviceId: 'DMCtest', serverId: 'omadm' }, {})).toEqual({
      ok: true,
      values: { deviceId: 'DMCtest', serverId: 'omadm' },
    });
    expect(variableValues({ deviceId: 'urn:imei:49300510', serverId: 's' }, {})).toMatchObject({
      values: { imei: '49300510' },
    });
  });

  it('may be given for what the record lacks, but not against the record', () => {
    const bare = { deviceId: 'IMEI:1', serverId: 'omadm' };
    expect(variableValues(bare, { msisdn: '+1' })).toMatchObject({ ok: true, values: { msisdn: '+1' } });
    expect(variableValues(device, { msisdn: '+491234' }).ok).toBe(true);
    expect(variableValues(device, { msisdn: '+1', imei: '2', apn: 'x' })).toEqual({
      ok: false,
      clashes: ['imei', 'msisdn'],
    });
  });

  it('may be called anything', () => {
    const custom: Record<string, string> = JSON.parse('{"__proto__":"a","constructor":"b"}');
    const result = variableValues(device, custom);
    expect(result.ok && Object.getOwnPropertyDescriptor(result.values, '__proto__')?.value).toBe('a');
    expect(result.ok && Object.hasOwn(result.values, 'constructor')).toBe(true);
  });

  it('are described for whoever writes documents', () => {
    expect(Object.keys(BUILT_IN_VARIABLES).sort()).toEqual(['deviceId', 'imei', 'imsi', 'msisdn', 'serverId']);
  });
});
