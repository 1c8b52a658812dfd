import { expect } from 'vitest';
import { buildOtaDocument } from '../../src/provisioning/ota/build-ota-document.ts';
import { checkOtaSettings } from '../../src/provisioning/ota/check-settings.ts';
import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { provFaultsOf } from './prov-faults.ts';

export const PACKET = { type: 'packet', apn: 'internet.op.test' } as const;

/** The document as XML without what every document has around it. */
export function inside(settings: OtaSettings): string {
  expect(checkOtaSettings(settings)).toEqual([]);
  const root = buildOtaDocument(settings);
  expect(provFaultsOf(root)).toEqual([]);
  const xml = encodeXml(root, { declaration: false });
  const [, content] = /^<wap-provisioningdoc version="1.1">(.*)<\/wap-provisioningdoc>$/s.exec(xml) ?? [];
  return content ?? xml;
}

/** What is expected: `['TYPE', …]` is a characteristic, `NAME=value` a parm, `NAME` a parm without a value. */
export type Part = string | readonly Part[];

export function xml(...parts: readonly Part[]): string {
  return parts
    .map((part): string => {
      if (typeof part !== 'string') {
        const [type, ...inner] = part;
        return `<characteristic type="${String(type)}">${xml(...inner)}</characteristic>`;
      }
      const [name, ...value] = part.split('=');
      return value.length === 0 ? `<parm name="${name}"/>` : `<parm name="${name}" value="${value.join('=')}"/>`;
    })
    .join('');
}

/** The application of that id in the document. */
export function application(settings: OtaSettings, appId: string): string {
  const start = `<characteristic type="APPLICATION"><parm name="APPID" value="${appId}"/>`;
  const content = inside(settings);
  const from = content.indexOf(start);
  expect(from).toBeGreaterThanOrEqual(0);
  const next = content.indexOf('<characteristic type="APPLICATION">', from + 1);
  return content.slice(from, next < 0 ? undefined : next);
}

export const ADDRESS = ['NAP-ADDRESS=internet.op.test', 'NAP-ADDRTYPE=APN'] as const;
