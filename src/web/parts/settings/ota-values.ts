import type { components } from '../../api/schema.d.ts';
import { missingFields, SECTIONS, type SectionName, settingsOf } from './settings-fields.ts';

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
  /** Numbers, or CSV. */
  recipients: string;
  /** Whether it goes to {@link recipients}, or to the one registered device. */
  to: 'numbers' | 'device';
  deviceId: string;
  /** By name; what is empty is left to what the recipients' records have. */
  variables: Record<string, string>;
  security: { type: SecurityName; pin: string };
  priority: number | string;
  /** A day and time of the viewer's zone, as an input of that type has it. */
  expiresAt: string;
}

/** What is sent: the sections of the form, any document, or a stored package. */
export type OtaContent =
  | { readonly source: 'settings' | 'document' }
  | { readonly source: 'package'; readonly packageId: string };

export const START_VALUES: OtaValues = {
  settings: { name: '' },
  document: '',
  recipients: '',
  to: 'numbers',
  deviceId: '',
  variables: {},
  security: { type: 'none', pin: '' },
  priority: '',
  expiresAt: '',
};

/** Known of a recipient or of its record: nobody has to say them. */
const BUILT_IN: ReadonlySet<string> = new Set(['deviceId', 'imei', 'imsi', 'msisdn', 'serverId']);

export function isBuiltIn(variable: string): boolean {
  return BUILT_IN.has(variable);
}

/** The PIN is asked for where the user types one. */
export function takesPin(type: SecurityName): boolean {
  return type !== 'none' && type !== 'NETWPIN';
}

function contentOf(
  { settings, document }: Pick<OtaValues, 'settings' | 'document'>,
  content: OtaContent,
): Pick<NewOtaPreview, 'settings' | 'document' | 'packageId'> {
  switch (content.source) {
    case 'settings':
      return { settings: settingsOf(settings) };
    case 'document':
      return { document };
    case 'package':
      return { packageId: content.packageId };
  }
}

function variablesOf({ variables }: OtaValues): Pick<NewOta, 'variables'> {
  const given = Object.entries(variables).filter(([, value]) => value !== '');
  return given.length === 0 ? {} : { variables: Object.fromEntries(given) };
}

/** Without the sections that still lack something; undefined when there is nothing to look at yet. */
export function previewOf(values: OtaValues, content: OtaContent): NewOtaPreview | undefined {
  if (content.source === 'document' && values.document.trim() === '') return undefined;
  const { settings } = values;
  const lacking = new Set<string>(missingFields(settings).map(({ section }) => section));
  const whole = SECTIONS.filter(({ name }) => settings[name] !== undefined && !lacking.has(name));
  if (content.source === 'settings' && whole.length === 0) return undefined;
  const shown = Object.fromEntries([['name', settings.name], ...whole.map(({ name }) => [name, settings[name]])]);
  return {
    ...contentOf({ settings: shown, document: values.document }, content),
    ...variablesOf(values),
    security: { type: values.security.type },
  };
}

export function orderOf(values: OtaValues, content: OtaContent): NewOta {
  const { security, to, recipients, deviceId, priority, expiresAt } = values;
  return {
    ...contentOf(values, content),
    ...variablesOf(values),
    recipients: to === 'device' ? [{ deviceId }] : recipients,
    security: {
      type: security.type,
      ...(takesPin(security.type) && security.pin !== '' && { pin: security.pin }),
    },
    ...(priority !== '' && { priority: Number(priority) }),
    ...(expiresAt !== '' && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
