import type { components } from '../../api/schema.d.ts';
import { SECTIONS, type SectionName, settingsOf } from './settings-fields.ts';

type NewOta = components['schemas']['NewOta'];
type NewOtaPreview = components['schemas']['NewOtaPreview'];
export type SecurityName = NonNullable<NewOta['security']>['type'];

export const SECURITY_NAMES = [
  'none',
  'USERPIN',
  'NETWPIN',
  'USERNETWPIN',
  'USERPINMAC',
] as const satisfies readonly SecurityName[];

/** What the form holds; named like the body of the request, so that the server's faults find their fields. */
export interface OtaValues {
  settings: { name: string } & { [Name in SectionName]?: unknown };
  document: string;
  recipients: string;
  security: { type: SecurityName; pin: string };
}

export type OtaSource = 'settings' | 'document';

export const START_VALUES: OtaValues = {
  settings: { name: '' },
  document: '',
  recipients: '',
  security: { type: 'none', pin: '' },
};

/** The PIN is asked for where the user types one. */
export function takesPin(type: SecurityName): boolean {
  return type !== 'none' && type !== 'NETWPIN';
}

function contentOf({ settings, document }: OtaValues, source: OtaSource): Pick<NewOtaPreview, 'settings' | 'document'> {
  return source === 'settings' ? { settings: settingsOf(settings) } : { document };
}

export function previewOf(values: OtaValues, source: OtaSource): NewOtaPreview {
  return { ...contentOf(values, source), security: { type: values.security.type } };
}

export function orderOf(values: OtaValues, source: OtaSource): NewOta {
  const { type, pin } = values.security;
  return {
    ...contentOf(values, source),
    recipients: values.recipients,
    security: { type, ...(takesPin(type) && pin !== '' && { pin }) },
  };
}

/** Whether there is anything to look at yet. */
export function isEmpty(values: OtaValues, source: OtaSource): boolean {
  if (source === 'document') return values.document.trim() === '';
  return SECTIONS.every(({ name }) => values.settings[name] === undefined);
}
