import { instantiateCommands } from '../provisioning/instantiate-commands.ts';
import type { PackageCommand } from '../provisioning/package-command.ts';
import { pushKind } from '../provisioning/push/push-kinds.ts';
import { variableValues } from '../provisioning/variables.ts';
import { otaDocument } from './ota-document.ts';
import { OtaPushes } from './ota-pushes.ts';
import { refuseUnknownPackage } from './packages.ts';
import type { CampaignDefinition, CampaignSecrets } from './ports/campaign-store.ts';
import type { DispatchDevice, MadeParcel, Parcel } from './ports/campaign-work.ts';
import type { PackageStore } from './ports/package-store.ts';
import { SECURITY_METHODS } from './push-security.ts';
import { discoveryPlan } from './tree-jobs.ts';

/** Variables that every device has a value for. */
const ALWAYS_KNOWN: readonly string[] = ['deviceId', 'serverId'];

/**
 * What a campaign sends to its targets. Where that is the same for all it is made once, and nobody looks at a device.
 * @throws AppError `package-unknown`, `package-kind-unsuitable`, `package-faulty`, `loc-uri-unsuitable`
 */
export async function parcelOf(
  definition: CampaignDefinition,
  secrets: CampaignSecrets,
  packages: PackageStore,
  serverId: string,
): Promise<Parcel> {
  const { content } = definition;
  const common = secrets.variables ?? {};
  const customOf = (device: DispatchDevice): Record<string, string> => ({
    ...common,
    ...fromAttributes(definition.deviceVariables, device),
    ...device.variables,
  });
  const isCommon = (names: readonly string[]): boolean =>
    names.length === 0 ||
    (definition.audience.kind !== 'list' &&
      Object.keys(definition.deviceVariables).length === 0 &&
      names.every((name) => Object.hasOwn(common, name) || ALWAYS_KNOWN.includes(name)));
  if (content.kind === 'discovery') {
    const { uiMode, kind: _, ...order } = content;
    return { kind: 'discovery', plan: discoveryPlan(order), uiMode };
  }
  if (content.kind === 'package') {
    const { packageId, onFailure, uiMode } = content;
    const document = (await packages.get(packageId)) ?? refuseUnknownPackage();
    const commands = (await packages.commands(packageId)) ?? [];
    return {
      kind: 'package',
      packageId,
      onFailure,
      uiMode,
      ...(isCommon(document.variables) && { same: { variables: chosen(common, document.variables) } }),
      make: (device) => variablesFor(device, customOf(device), document.variables, commands, serverId),
    };
  }
  const found = await otaDocument(
    content.packageId === undefined && secrets.settings !== undefined
      ? { settings: secrets.settings }
      : { packageId: content.packageId ?? '' },
    packages,
  );
  const { port: destinationPort, sourcePort } = pushKind(found.document.kind);
  const make = (device: DispatchDevice): MadeParcel => {
    if (device.msisdn === undefined) return { fault: 'no-msisdn' };
    const { deviceId, msisdn, imsi } = device;
    const custom = chosen(customOf(device), found.variables);
    const recipients = [{ deviceId, variables: custom }];
    const known = [{ deviceId, msisdn, ...(imsi !== undefined && { imsi }) }];
    const terms = { security: content.security, recipients, ...(secrets.pin !== undefined && { pin: secrets.pin }) };
    const push = OtaPushes.among(found, terms, known, serverId).make({ deviceId, variables: custom }, 0);
    if ('payload' in push) return { payload: push.payload };
    const values = variableValues({ ...device, serverId }, custom);
    const isWhole = values.ok && found.variables.every((name) => Object.hasOwn(values.values, name));
    return { fault: isWhole ? 'document-unsuitable' : 'variable-missing' };
  };
  const hasOneKey = content.security === 'none' || content.security === 'USERPIN';
  const same = hasOneKey && found.variables.length === 0 ? make({ ...ANYBODY }) : undefined;
  return { kind: 'push', destinationPort, sourcePort, make, ...(same !== undefined && { same }) };
}

/** Whom a document that is the same for all is made for. */
const ANYBODY: DispatchDevice = { id: '', deviceId: 'anybody', msisdn: '0000000', attributes: {}, variables: {} };

/** Methods whose key is known for every device of a campaign; the others need what only a caller knows. */
export const CAMPAIGN_SECURITY = Object.keys(SECURITY_METHODS).filter((name) => name !== 'USERPINMAC');

function variablesFor(
  device: DispatchDevice,
  custom: Readonly<Record<string, string>>,
  names: readonly string[],
  commands: readonly PackageCommand[],
  serverId: string,
): MadeParcel {
  const variables = chosen(custom, names);
  const outcome = variableValues({ ...device, serverId }, variables);
  if (!outcome.ok || names.some((name) => !Object.hasOwn(outcome.values, name))) return { fault: 'variable-missing' };
  // A value that spoils a LocURI or a number is found out before anybody is woken for it.
  return instantiateCommands(commands, outcome.values).ok ? { variables } : { fault: 'document-unsuitable' };
}

function fromAttributes(
  deviceVariables: Readonly<Record<string, string>>,
  { attributes }: DispatchDevice,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(deviceVariables).flatMap(([name, key]) => {
      const value = attributes[key];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Other columns of a list are nobody's business. */
function chosen(values: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
