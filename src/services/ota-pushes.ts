import { buildPush, type PushProtection } from '../provisioning/push/build-push.ts';
import { instantiateDocument } from '../provisioning/push/instantiate-document.ts';
import { encodePushDocument } from '../provisioning/push/push-document.ts';
import { variableValues } from '../provisioning/variables.ts';
import { type PushSecret, userPinWithMac } from '../wire/wap/push-mac.ts';
import { WapError } from '../wire/wap/wap-error.ts';
import type { OtaDocument } from './ota-document.ts';
import { plainMsisdn, type RecipientOrder } from './ota-recipients.ts';
import type { OtaDevice, OtaStore } from './ports/ota-store.ts';
import { SECURITY_METHODS, type SecurityName } from './push-security.ts';

/** One recipient's push, or why there is none. */
export type MadePush =
  | { readonly refused: string }
  | {
      readonly destination: string;
      readonly deviceId?: string;
      readonly payload: Uint8Array;
      readonly partCount: number;
      readonly pinSuffix?: string;
    };

export interface PushTerms {
  readonly security: SecurityName;
  /** For recipients without one of their own. */
  readonly pin?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly recipients: readonly RecipientOrder[];
}

interface Known {
  readonly byId: ReadonlyMap<string, OtaDevice>;
  /** Undefined where several devices have the number. */
  readonly byNumber: ReadonlyMap<string, OtaDevice | undefined>;
}

const PIN_TOO_WIDE = 'NETWPIN is keyed by the IMSI and takes no PIN';

/** Makes the pushes of one document, recipient by recipient. What is the same for all is made once. */
export class OtaPushes {
  readonly #document: OtaDocument;
  readonly #terms: PushTerms;
  readonly #known: Known;
  readonly #serverId: string;
  readonly #numbers = new Set<string>();
  #body: Uint8Array | undefined;

  private constructor(document: OtaDocument, terms: PushTerms, known: Known, serverId: string) {
    this.#document = document;
    this.#terms = terms;
    this.#known = known;
    this.#serverId = serverId;
  }

  /** Asks for the devices that the recipients name, and for those with their numbers where something has to be known. */
  static async prepare(
    document: OtaDocument,
    terms: PushTerms,
    store: Pick<OtaStore, 'devices'>,
    serverId: string,
  ): Promise<OtaPushes> {
    const ids = terms.recipients.flatMap(({ deviceId }) => (deviceId === undefined ? [] : [deviceId]));
    const wantsImsi = terms.security === 'NETWPIN' || terms.security === 'USERNETWPIN';
    const numbers = terms.recipients.flatMap(({ deviceId, msisdn, imsi }) => {
      if (deviceId !== undefined || msisdn === undefined) return [];
      return (wantsImsi && imsi === undefined) || document.variables.length > 0 ? [plainMsisdn(msisdn) ?? ''] : [];
    });
    const devices = ids.length + numbers.length === 0 ? [] : await store.devices(ids, numbers);
    return OtaPushes.among(document, terms, devices, serverId);
  }

  /** For recipients that are among these devices, or none. */
  static among(document: OtaDocument, terms: PushTerms, devices: readonly OtaDevice[], serverId: string): OtaPushes {
    const byNumber = new Map<string, OtaDevice | undefined>();
    for (const device of devices) {
      if (device.msisdn === undefined) continue;
      const number = digitsOf(device.msisdn);
      byNumber.set(number, byNumber.has(number) ? undefined : device);
    }
    const byId = new Map(devices.map((device) => [device.deviceId, device]));
    return new OtaPushes(document, terms, { byId, byNumber }, serverId);
  }

  /** @param transactionId 0…255, of the WSP push */
  make(recipient: RecipientOrder, transactionId: number): MadePush {
    const device = this.#deviceOf(recipient);
    if (device === 'unknown') return { refused: 'no device is registered under that id' };
    const destination = destinationOf(recipient, device);
    if (typeof destination !== 'string') return destination;
    const protection = this.#protection(recipient, device);
    if (protection !== undefined && 'refused' in protection) return protection;
    const body = this.#bodyFor(recipient, device, destination);
    if ('refused' in body) return body;
    const push = built(() => buildPush(transactionId, this.#document.document.kind, body.octets, protection));
    if ('refused' in push) return push;
    const { userPin } = protection?.secret ?? {};
    // What is refused for something else may come again, and better.
    if (this.#numbers.has(digitsOf(destination))) return { refused: 'the number is in the list already' };
    this.#numbers.add(digitsOf(destination));
    return {
      destination,
      ...(device === undefined ? {} : { deviceId: device.deviceId }),
      payload: push.octets,
      partCount: push.partCount,
      ...(protection?.security === 'userPinMac' && userPin !== undefined
        ? { pinSuffix: userPinWithMac(userPin, body.octets).slice(userPin.length) }
        : {}),
    };
  }

  #deviceOf({ deviceId, msisdn }: RecipientOrder): OtaDevice | undefined | 'unknown' {
    if (deviceId !== undefined) return this.#known.byId.get(deviceId) ?? 'unknown';
    return this.#known.byNumber.get(digitsOf(plainMsisdn(msisdn ?? '') ?? ''));
  }

  #protection(
    recipient: RecipientOrder,
    device: OtaDevice | undefined,
  ): PushProtection | { readonly refused: string } | undefined {
    const { security } = this.#terms;
    const method = SECURITY_METHODS[security];
    if (method === undefined) {
      return recipient.pin === undefined ? undefined : { refused: 'a PIN is given, but the security is none' };
    }
    const secret = secretOf(security, recipient, this.#terms.pin, device);
    return 'refused' in secret ? secret : { security: method, secret };
  }

  #bodyFor(
    { variables, imsi }: RecipientOrder,
    device: OtaDevice | undefined,
    msisdn: string,
  ): { readonly octets: Uint8Array } | { readonly refused: string } {
    const { document, variables: names } = this.#document;
    if (names.length === 0) {
      // A literal `{{` is written as `{{{{` in a template, so a document without variables is a template all the same.
      this.#body ??= encodePushDocument(this.#document.source === 'settings' ? document : plain(document));
      return { octets: this.#body };
    }
    const known = {
      msisdn: device?.msisdn ?? msisdn,
      serverId: this.#serverId,
      ...(imsi === undefined ? {} : { imsi }),
      ...device,
    };
    const outcome = variableValues(known, { ...this.#terms.variables, ...variables });
    if (!outcome.ok) return { refused: `the device's record has another value for ${listed(outcome.clashes)}` };
    const instance = instantiateDocument(document, outcome.values);
    if (instance.ok) return { octets: encodePushDocument(instance.document) };
    if (instance.missing.length > 0) return { refused: `the document needs a value for ${listed(instance.missing)}` };
    return { refused: `with its values the document breaks its rules: ${instance.invalid.slice(0, 5).join('; ')}` };
  }
}

function plain(document: OtaDocument['document']): OtaDocument['document'] {
  const instance = instantiateDocument(document, {});
  return instance.ok ? instance.document : document;
}

function destinationOf(
  { msisdn, deviceId }: RecipientOrder,
  device: OtaDevice | undefined,
): string | { readonly refused: string } {
  if (msisdn === undefined) {
    if (deviceId === undefined) return { refused: 'neither a number nor a deviceId' };
    return device?.msisdn ?? { refused: "the device's record has no msisdn" };
  }
  const number = plainMsisdn(msisdn);
  if (number === undefined) {
    return { refused: 'not a phone number in international format: 3 to 15 digits, a + in front at most' };
  }
  if (deviceId !== undefined && device?.msisdn !== undefined && digitsOf(device.msisdn) !== digitsOf(number)) {
    return { refused: "the device's record has another msisdn" };
  }
  return number;
}

/** The IMSI and the PIN as far as the method takes them. Nothing that is refused is quoted. */
function secretOf(
  security: SecurityName,
  recipient: RecipientOrder,
  pinForAll: string | undefined,
  device: OtaDevice | undefined,
): PushSecret | { readonly refused: string } {
  const given = recipient.pin ?? pinForAll;
  if (security === 'USERPIN' || security === 'USERPINMAC') {
    return given === undefined ? { refused: `${security} needs a PIN` } : checkedPin(given);
  }
  if (security === 'NETWPIN' && given !== undefined) return { refused: PIN_TOO_WIDE };
  const [, imsiInPin, pinAfterImsi] = /^([^:]*):(.*)$/s.exec(given ?? '') ?? [];
  const imsis = [recipient.imsi, imsiInPin, device?.imsi].filter((imsi) => imsi !== undefined);
  const [imsi] = imsis;
  if (imsi === undefined) return { refused: `${security} needs an IMSI, and none is known` };
  if (!/^\d{6,15}$/.test(imsi)) return { refused: 'the IMSI is not 6 to 15 digits' };
  if (imsis.some((other) => other !== imsi)) return { refused: 'two IMSIs are known, and they are not the same' };
  if (security === 'NETWPIN') return { imsi };
  if (given === undefined) return { refused: 'USERNETWPIN needs a PIN' };
  const pin = checkedPin(pinAfterImsi ?? given);
  return 'refused' in pin ? pin : { ...pin, imsi };
}

function checkedPin(userPin: string): PushSecret | { readonly refused: string } {
  return /^\d{1,20}$/.test(userPin) ? { userPin } : { refused: 'the PIN is not 1 to 20 digits' };
}

function built<T extends object>(build: () => T): T | { readonly refused: string } {
  try {
    return build();
  } catch (error) {
    if (error instanceof WapError) return { refused: error.message };
    throw error;
  }
}

function digitsOf(number: string): string {
  return number.replace(/^\+/, '');
}

function listed(names: readonly string[]): string {
  return names.map((name) => `{{${name}}}`).join(', ');
}
