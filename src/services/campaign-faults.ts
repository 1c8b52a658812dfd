import { type TermFault, termFaults } from '../domain/campaign-terms.ts';
import { isAttributeKey } from '../domain/device-labels.ts';
import { DeviceFilterError, parseDeviceFilter } from '../domain/parse-device-filter.ts';
import { pushKind } from '../provisioning/push/push-kinds.ts';
import { BUILT_IN_VARIABLES } from '../provisioning/variables.ts';
import { AppError } from './app-error.ts';
import { CAMPAIGN_SECURITY } from './campaign-parcels.ts';
import { isUuid } from './identifiers.ts';
import { type OtaDocument, otaDocument } from './ota-document.ts';
import type { CampaignDefinition, CampaignSecrets } from './ports/campaign-store.ts';
import type { PackageStore } from './ports/package-store.ts';
import { readFilter } from './read-filter.ts';
import { discoveryPlan } from './tree-jobs.ts';

/**
 * Everything that is wrong with a campaign and can be known before it begins. Pointers are into the order of the API.
 * @throws AppError `filter-invalid` with the position, for the filter of its target; `package-unknown`
 */
export async function campaignFaults(
  definition: CampaignDefinition,
  secrets: CampaignSecrets,
  packages: PackageStore,
  now: Date,
): Promise<readonly TermFault[]> {
  const { content, audience, deviceVariables, terms } = definition;
  if (audience.kind === 'filter') readFilter(audience.filter);
  const faults: TermFault[] = [...termFaults(terms, now)];
  for (const [index, { filter }] of terms.waves.entries()) {
    const wrong = filter === undefined ? undefined : filterFault(filter);
    if (wrong !== undefined) faults.push({ pointer: `/waves/${index}/filter`, detail: wrong });
  }
  for (const [name, key] of Object.entries(deviceVariables)) {
    if (isAttributeKey(key)) continue;
    faults.push({ pointer: `/deviceVariables/${name}`, detail: 'It does not name an attribute.' });
  }
  if (content.kind === 'discovery') {
    faults.push(...refusalOf(() => discoveryPlan(content), '/content/root'));
  } else if (content.kind === 'package') {
    const document = isUuid(content.packageId) ? await packages.get(content.packageId) : undefined;
    if (document === undefined) throw new AppError('package-unknown', 'There is no package of that id.');
    if (document.kind !== 'dm') {
      faults.push({ pointer: '/content/packageId', detail: 'This package is pushed: the content is of kind "push".' });
    } else faults.push(...variableFaults(document.variables, definition, secrets));
  } else faults.push(...(await pushFaults(definition, secrets, packages)));
  return faults;
}

async function pushFaults(
  definition: CampaignDefinition,
  secrets: CampaignSecrets,
  packages: PackageStore,
): Promise<readonly TermFault[]> {
  const { content } = definition;
  if (content.kind !== 'push') return [];
  const { security, packageId } = content;
  const { settings, pin } = secrets;
  if ((packageId === undefined) === (settings === undefined)) {
    return [{ pointer: '/content', detail: 'Expected one of "packageId" and "settings".' }];
  }
  const faults: TermFault[] = [];
  let document: OtaDocument;
  try {
    document = await otaDocument(settings === undefined ? { packageId: packageId ?? '' } : { settings }, packages);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'package-kind-unsuitable') throw error;
    return [{ pointer: '/content/packageId', detail: error.message }];
  }
  if (!CAMPAIGN_SECURITY.includes(security)) {
    faults.push({ pointer: '/content/security', detail: 'Every user would have to be told a number of their own.' });
  } else if (security !== 'none' && pushKind(document.document.kind).isSecured !== true) {
    faults.push({ pointer: '/content/security', detail: 'Only OMA CP documents are pushed with a PIN.' });
  }
  const takesPin = security === 'USERPIN' || security === 'USERNETWPIN';
  if (takesPin && (pin === undefined || !/^\d{1,20}$/.test(pin))) {
    faults.push({ pointer: '/content/pin', detail: `${security} needs a PIN of 1 to 20 digits.` });
  }
  if (!takesPin && pin !== undefined) faults.push({ pointer: '/content/pin', detail: `${security} takes no PIN.` });
  return [...faults, ...variableFaults(document.variables, definition, secrets)];
}

/** Variables that the document does not have, and those that nobody has a value for. */
function variableFaults(
  names: readonly string[],
  { audience, deviceVariables }: CampaignDefinition,
  { variables = {} }: CampaignSecrets,
): readonly TermFault[] {
  const unknown = (pointer: string, given: readonly string[]): readonly TermFault[] =>
    given
      .filter((name) => !names.includes(name))
      .map((name) => ({ pointer: `${pointer}/${name}`, detail: 'The document has no variable of that name.' }));
  const isGiven = (name: string): boolean =>
    Object.hasOwn(variables, name) || Object.hasOwn(deviceVariables, name) || Object.hasOwn(BUILT_IN_VARIABLES, name);
  // The columns of a list are known line by line only.
  const missing = audience.kind === 'list' ? [] : names.filter((name) => !isGiven(name));
  return [
    ...unknown('/content/variables', Object.keys(variables)),
    ...unknown('/deviceVariables', Object.keys(deviceVariables)),
    ...missing.map((name) => ({
      pointer: '/content/variables',
      detail: `The document needs a value for {{${name}}}: here, from an attribute, or from a list.`,
    })),
  ];
}

function filterFault(text: string): string | undefined {
  try {
    parseDeviceFilter(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof DeviceFilterError)) throw error;
    return `${error.message} (position ${error.position})`;
  }
}

function refusalOf(attempt: () => unknown, pointer: string): readonly TermFault[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [{ pointer, detail: error.message }];
  }
}
